package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.registry.Registry;
import dev.aegis.gateway.session.Connected;
import dev.aegis.protocol.AgentId;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStore;
import dev.aegis.store.ApiKey;
import dev.aegis.store.ApiKeyStore;
import dev.aegis.store.RegisteredAgent;
import dev.aegis.store.RegistryChange;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Enrolment over the management port: agents, join tokens and API keys of any organization, for
/// whoever holds the admin token. Blocking.
final class EnrolmentResource implements Resource {
  private static final Duration MAX_TOKEN_LIFE = Duration.ofDays(30);
  private static final int LIST_LIMIT = 1_000;
  private static final int KEY_BYTES = 32;

  private static final Pattern ORGANIZATION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final AgentStore agents;
  private final ApiKeyStore keys;
  private final Connected connected;
  private final Registry registry;
  private final Audit audit;
  private final InstantSource clock;

  EnrolmentResource(
      AgentStore agents,
      ApiKeyStore keys,
      Connected connected,
      Registry registry,
      Audit audit,
      InstantSource clock) {
    this.agents = agents;
    this.keys = keys;
    this.connected = connected;
    this.registry = registry;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/admin/agents", _ -> list()).needs(Scope.AGENTS_READ),
        Route.post("/admin/agents", this::add).needs(Scope.AGENTS_WRITE),
        Route.delete("/admin/agents/{id}", this::revoke).needs(Scope.AGENTS_WRITE),
        Route.post("/admin/tokens", this::token).needs(Scope.AGENTS_WRITE),
        Route.post("/admin/apikeys", this::apiKey).needs(Scope.KEYS_WRITE));
  }

  private Reply list() {
    List<Agent> listed = agents.list(null, "", LIST_LIMIT);
    Set<String> online = connected.among(listed.stream().map(Agent::id).toList());
    return Reply.json(
        200,
        listed.stream()
            .map(agent -> {
              Map<String, Object> row = new LinkedHashMap<>();
              row.put("agent_id", agent.id());
              row.put("organization", agent.organization());
              row.put("public_key", encode(agent));
              row.put("connected", online.contains(agent.id()));
              row.put("revoked", agent.revoked());
              return row;
            })
            .toList());
  }

  private Reply add(Call call) throws ProblemException {
    Fields body = call.fields("agent_id", "public_key", "organization");
    String id = body.required("agent_id");
    if (!AgentId.isValid(id)) {
      throw ProblemException.invalid("not an agent id: letters, digits and . _ @ - only");
    }
    body.required("public_key");
    byte[] key = body.base64("public_key");
    if (key == null || key.length != KEY_BYTES) {
      throw ProblemException.invalid("public_key must be 32 bytes");
    }
    String organization = organization(body);
    RegistryChange change =
        registry.register(id, organization, RegisteredAgent.Details.of(id), key);
    if (!(change instanceof RegistryChange.Done)) {
      throw new ProblemException(
          ProblemCode.AGENT_EXISTS, "an agent of that name is enrolled already");
    }
    audit.done(call.caller(), "agent-added", id, "organization=" + organization);
    return Reply.json(201, Map.of("agent_id", id));
  }

  private Reply revoke(Call call) throws ProblemException {
    String id = call.variable("id");
    RegisteredAgent agent = registry.find(id).orElseThrow(EnrolmentResource::unknown);
    if (!registry.revoke(id, agent.organization())) {
      throw unknown();
    }
    audit.done(call.caller(), "agent-revoked", id, null);
    return Reply.json(200, Map.of("agent_id", id, "revoked", true));
  }

  private static ProblemException unknown() {
    return new ProblemException(
        ProblemCode.UNKNOWN_AGENT, "no agent of that name, or revoked already");
  }

  private Reply token(Call call) throws ProblemException {
    Fields body = call.fields("agent_id", "organization", "seconds");
    long life = body.number("seconds", 1, MAX_TOKEN_LIFE.toSeconds(), 3_600);
    String organization = organization(body);
    String only = body.text("agent_id");
    String token = agents.createJoinToken(organization, only, clock.millis() + life * 1_000);
    audit.done(
        organization,
        call.caller().actor(),
        "join-token-created",
        only == null ? "*" : only,
        "organization=" + organization + " seconds=" + life);
    return Reply.json(201, Map.of("join_token", token));
  }

  private Reply apiKey(Call call) throws ProblemException {
    Fields body = call.fields("name", "role", "organization");
    ApiKey.Role role;
    try {
      role = ApiKey.Role.valueOf(body.required("role").toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException _) {
      throw ProblemException.invalid("role: admin, sender or viewer");
    }
    String organization = organization(body);
    String name = body.required("name");
    String key = keys.create(role, organization, name);
    audit.done(
        organization,
        call.caller().actor(),
        "api-key-created",
        "api." + name,
        "role=" + role.name().toLowerCase(Locale.ROOT) + " organization=" + organization);
    return Reply.json(201, Map.of("api_key", key));
  }

  /// The organization that the admin names; it comes to be when it is first named.
  private String organization(Fields body) throws ProblemException {
    String id = body.text("organization", "default");
    if (!ORGANIZATION.matcher(id).matches()) {
      throw ProblemException.invalid("organization: up to 64 letters, digits and . _ -");
    }
    agents.addOrganization(id, id);
    return id;
  }

  private static String encode(Agent agent) {
    byte[] key = agent.publicKey();
    return key == null ? "" : Base64.getEncoder().encodeToString(key);
  }
}
