package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.registry.Registry;
import dev.aegis.protocol.AgentId;
import dev.aegis.store.ApiKey;
import dev.aegis.store.ApiKeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// API keys of the caller's organization: issue, list, rotate, revoke. A secret is shown once.
/// Blocking.
final class ApiKeysResource implements Resource {
  private static final String KEYS = "/api/v1/api-keys";
  private static final int MAX_NAME = 251; // api.NAME is an agent's id
  private static final int MAX_RATE = 1_000_000;
  private static final long GRACE_SECONDS = Duration.ofHours(1).toSeconds();
  private static final long MAX_GRACE_SECONDS = Duration.ofDays(30).toSeconds();

  private final ApiKeyStore keys;
  private final KeyCheck check;
  private final Registry registry;
  private final Audit audit;
  private final InstantSource clock;

  ApiKeysResource(
      ApiKeyStore keys, KeyCheck check, Registry registry, Audit audit, InstantSource clock) {
    this.keys = keys;
    this.check = check;
    this.registry = registry;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.post(KEYS, this::issue).needs(Scope.KEYS_WRITE).idempotent(),
        Route.get(KEYS, this::list).needs(Scope.KEYS_WRITE).query("limit", "cursor"),
        Route.get(KEYS + "/{id}", call -> Reply.json(200, shown(find(call))))
            .needs(Scope.KEYS_WRITE),
        Route.post(KEYS + "/{id}/rotate", this::rotate).needs(Scope.KEYS_WRITE).idempotent(),
        Route.delete(KEYS + "/{id}", this::revoke).needs(Scope.KEYS_WRITE));
  }

  private Reply issue(Call call) throws ProblemException {
    Fields body =
        call.fields("name", "role", "scopes", "agent_id", "expires_at", "per_second", "burst");
    String name = body.required("name");
    if (name.length() > MAX_NAME || !AgentId.isValid("api." + name)) {
      throw ProblemException.invalid("name: letters, digits and . _ @ - only, up to " + MAX_NAME);
    }
    ApiKey.Role role = role(body.required("role"));
    ApiKey.Grant grant =
        new ApiKey.Grant(
            role,
            call.caller().home(),
            name,
            scopes(call.caller(), role, body.node("scopes")),
            agent(call.caller(), role, body.text("agent_id")),
            expiry(body.time("expires_at")),
            limit(body));
    ApiKey.Issued issued = keys.issue(grant);
    audit.done(
        call.caller(),
        "api-key-created",
        "api." + name,
        "role="
            + role.name().toLowerCase(Locale.ROOT)
            + " organization="
            + grant.organization()
            + (grant.agentId() == null ? "" : " agent=" + grant.agentId()));
    return Reply.json(201, withSecret(issued.key(), issued.secret()))
        .with("Location", KEYS + "/" + issued.key().id());
  }

  private Reply list(Call call) throws ProblemException {
    Page page = Page.of(call);
    String after = page.after();
    List<ApiKey> found =
        keys.list(call.caller().organization(), after == null ? null : cursor(after), page.limit());
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("api_keys", found.stream().map(ApiKeysResource::shown).toList());
    if (found.size() == page.limit()) {
      reply.put("next_cursor", Page.cursor(found.getLast().id().toString()));
    }
    return Reply.json(200, reply);
  }

  static UUID cursor(String key) throws ProblemException {
    try {
      return Fields.uuid("cursor", key);
    } catch (ProblemException _) {
      throw Page.invalidCursor();
    }
  }

  private Reply rotate(Call call) throws ProblemException {
    long grace = GRACE_SECONDS;
    if (call.request().body().length > 0) {
      grace = call.fields("grace_seconds").number("grace_seconds", 0, MAX_GRACE_SECONDS, grace);
    }
    ApiKey key = find(call);
    String secret =
        keys.rotate(key.id(), clock.millis() + grace * 1_000).orElseThrow(ApiKeysResource::unknown);
    check.forget();
    audit.done(call.caller(), "api-key-rotated", "api." + key.name(), "grace-seconds=" + grace);
    return Reply.json(200, withSecret(find(call), secret));
  }

  private Reply revoke(Call call) throws ProblemException {
    ApiKey key = find(call);
    if (!keys.revoke(key.id())) {
      throw unknown();
    }
    check.forget();
    audit.done(call.caller(), "api-key-revoked", "api." + key.name(), "id=" + key.id());
    return Reply.empty(204);
  }

  private ApiKey find(Call call) throws ProblemException {
    return keys.byId(call.uuid("id"))
        .filter(key -> call.caller().sees(key.organization()))
        .orElseThrow(ApiKeysResource::unknown);
  }

  private static ProblemException unknown() {
    return new ProblemException(
        ProblemCode.UNKNOWN_API_KEY, "no API key of that id in your organization");
  }

  private static ApiKey.Role role(String text) throws ProblemException {
    for (ApiKey.Role role : ApiKey.Role.values()) {
      if (role.name().toLowerCase(Locale.ROOT).equals(text)) {
        return role;
      }
    }
    throw ProblemException.invalid("role: admin, sender or viewer");
  }

  /// Nobody gives away more than it has.
  private static @Nullable Set<String> scopes(
      Caller caller, ApiKey.Role role, @Nullable JsonNode given) throws ProblemException {
    Set<Scope> allowed = Scope.of(role);
    Set<String> chosen = new TreeSet<>();
    if (given != null) {
      if (!given.isArray() || given.isEmpty()) {
        throw ProblemException.invalid("scopes: an array with at least one");
      }
      for (JsonNode each : given) {
        Scope scope = each.isString() ? Scope.fromLabel(each.asString()).orElse(null) : null;
        if (scope == null || !allowed.contains(scope)) {
          throw ProblemException.invalid(
              "scopes: those of the role are "
                  + allowed.stream().map(Scope::label).sorted().toList());
        }
        chosen.add(scope.label());
      }
    }
    for (Scope scope : allowed) {
      if ((given == null || chosen.contains(scope.label())) && !caller.may(scope)) {
        throw new ProblemException(
            ProblemCode.FORBIDDEN, "this key does not have the scope " + scope.label() + " itself");
      }
    }
    return given == null ? null : chosen;
  }

  private @Nullable String agent(Caller caller, ApiKey.Role role, @Nullable String id)
      throws ProblemException {
    if (id == null) {
      return null;
    }
    if (role != ApiKey.Role.SENDER) {
      throw ProblemException.invalid(
          "agent_id: only a key with the role sender speaks for an agent");
    }
    return registry
        .find(id)
        .filter(agent -> caller.sees(agent.organization()))
        .orElseThrow(AgentsResource::unknown)
        .id();
  }

  private long expiry(@Nullable Instant at) throws ProblemException {
    if (at == null) {
      return 0;
    }
    if (!at.isAfter(clock.instant())) {
      throw ProblemException.invalid("expires_at has passed");
    }
    return at.toEpochMilli();
  }

  private static ApiKey.@Nullable Limit limit(Fields body) throws ProblemException {
    if (body.node("per_second") == null) {
      if (body.node("burst") != null) {
        throw ProblemException.invalid("burst goes with per_second");
      }
      return null;
    }
    int perSecond = (int) body.number("per_second", 1, MAX_RATE, 1);
    return new ApiKey.Limit(
        perSecond, (int) body.number("burst", 1, MAX_RATE, Math.min(MAX_RATE, 2L * perSecond)));
  }

  private static Map<String, Object> withSecret(ApiKey key, String secret) {
    Map<String, Object> shown = shown(key);
    shown.put("api_key", secret);
    return shown;
  }

  private static Map<String, Object> shown(ApiKey key) {
    ApiKey.Grant grant = key.grant();
    ApiKey.Limit limit = grant.limit();
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("id", key.id());
    shown.put("name", key.name());
    shown.put("role", key.role().name().toLowerCase(Locale.ROOT));
    shown.put("organization", key.organization());
    shown.put("scopes", Caller.scopes(key).stream().map(Scope::label).sorted().toList());
    shown.put("agent_id", grant.agentId());
    shown.put("per_second", limit == null ? null : limit.perSecond());
    shown.put("burst", limit == null ? null : limit.burst());
    shown.put("created_at", time(key.createdAtMillis()));
    shown.put("expires_at", time(grant.expiresAtMillis()));
    shown.put("last_used_at", time(key.lastUsedAtMillis()));
    shown.put("old_secret_until", time(key.oldUntilMillis()));
    return shown;
  }

  private static @Nullable String time(long millis) {
    return millis == 0 ? null : Instant.ofEpochMilli(millis).toString();
  }
}
