package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.registry.AccessRules;
import dev.aegis.store.AccessRule;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/// Who may send to the agents of the caller's organization from outside of it. Only the admins of
/// those who get the messages open this door. Blocking.
final class AccessRulesResource implements Resource {
  private static final String RULES = "/api/v1/access-rules";
  private static final int MAX_TYPE = 64;
  private static final Pattern ORGANIZATION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final AccessRules rules;
  private final Audit audit;

  AccessRulesResource(AccessRules rules, Audit audit) {
    this.rules = rules;
    this.audit = audit;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.post(RULES, this::add).needs(Scope.RULES_WRITE).idempotent(),
        Route.get(RULES, this::list).needs(Scope.RULES_WRITE).query("limit", "cursor"),
        Route.delete(RULES + "/{id}", this::remove).needs(Scope.RULES_WRITE));
  }

  private Reply add(Call call) throws ProblemException {
    Fields body = call.fields("from_organization", "message_type");
    String from = body.required("from_organization");
    String to = call.caller().home();
    if (!ORGANIZATION.matcher(from).matches() || from.equals(to)) {
      throw ProblemException.invalid(
          "from_organization: up to 64 letters, digits and . _ -, another one than your own");
    }
    String type = body.text("message_type");
    if (type != null && (type.isEmpty() || type.length() > MAX_TYPE)) {
      throw ProblemException.invalid("message_type: 1 to " + MAX_TYPE + " characters");
    }
    Optional<AccessRule> rule = rules.add(call.newId().get(), from, to, type);
    if (rule.isEmpty()) {
      throw new ProblemException(ProblemCode.RULE_EXISTS, "there is a rule that says the same");
    }
    audit.done(
        call.caller(),
        "access-rule-added",
        to,
        "from=" + from + (type == null ? "" : " type=" + type));
    return Reply.json(201, shown(rule.get()));
  }

  private Reply list(Call call) throws ProblemException {
    Page page = Page.of(call);
    String after = page.after();
    List<AccessRule> found =
        rules.list(
            call.caller().organization(),
            after == null ? null : ApiKeysResource.cursor(after),
            page.limit());
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("access_rules", found.stream().map(AccessRulesResource::shown).toList());
    if (found.size() == page.limit()) {
      reply.put("next_cursor", Page.cursor(found.getLast().id().toString()));
    }
    return Reply.json(200, reply);
  }

  private Reply remove(Call call) throws ProblemException {
    UUID id = call.uuid("id");
    if (!rules.remove(id, call.caller().organization())) {
      throw new ProblemException(
          ProblemCode.UNKNOWN_RULE, "no rule of that id in your organization");
    }
    audit.done(call.caller(), "access-rule-removed", call.caller().home(), "id=" + id);
    return Reply.empty(204);
  }

  private static Map<String, Object> shown(AccessRule rule) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("id", rule.id());
    shown.put("from_organization", rule.fromOrganization());
    shown.put("to_organization", rule.toOrganization());
    shown.put("message_type", rule.type());
    shown.put("created_at", Instant.ofEpochMilli(rule.createdAtMillis()).toString());
    return shown;
  }
}
