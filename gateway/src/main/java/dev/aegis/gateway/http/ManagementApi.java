package dev.aegis.gateway.http;

import dev.aegis.gateway.cluster.ClusterStatus;
import dev.aegis.gateway.router.AuditLog;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.session.Connected;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.gateway.telemetry.GatewayMetrics;
import dev.aegis.gateway.telemetry.GatewayStatus;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStore;
import dev.aegis.store.ApiKey;
import dev.aegis.store.ApiKeyStore;
import dev.aegis.store.MessageStore;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// The management port: status, metrics and probes for whoever can reach it, and enrolment, stored
/// messages and dead letters for whoever holds the admin token. What it changes is audited.
public final class ManagementApi implements Routes {
  private static final Duration MAX_TOKEN_LIFE = Duration.ofDays(30);
  private static final int LIST_LIMIT = 1_000;

  private static final Pattern ORGANIZATION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final GatewayStatus status;
  private final ClusterStatus cluster;
  private final GatewayMetrics metrics;
  private final AgentStore agents;
  private final ApiKeyStore keys;
  private final Sessions sessions;
  private final Connected connected;
  private final Router router;
  private final StoredMessagesApi stored;
  private final Audit audit;
  private final byte[] adminToken;
  private final InstantSource clock;

  public ManagementApi(
      GatewayStatus status,
      ClusterStatus cluster,
      GatewayMetrics metrics,
      AgentStore agents,
      ApiKeyStore keys,
      Sessions sessions,
      Connected connected,
      Router router,
      MessageStore messages,
      AuditLog audit,
      String adminToken,
      InstantSource clock) {
    this.status = status;
    this.cluster = cluster;
    this.metrics = metrics;
    this.agents = agents;
    this.keys = keys;
    this.sessions = sessions;
    this.connected = connected;
    this.router = router;
    this.audit = new Audit(audit);
    this.stored = new StoredMessagesApi(router, agents, messages, this.audit, clock);
    this.adminToken = adminToken.getBytes(StandardCharsets.US_ASCII);
    this.clock = clock;
  }

  @Override
  public Reply answer(Request request) throws BadRequest {
    String path = String.join("/", request.path());
    String route = request.method() + " " + path;
    return switch (route) {
      case "GET status" -> Reply.json(200, status.snapshot());
      case "GET metrics" -> Reply.text(200, GatewayMetrics.CONTENT_TYPE, metrics.scrape());
      case "GET livez" -> Reply.json(200, Map.of("status", "alive"));
      case "GET readyz" -> ready();
      default -> path.startsWith("admin/") ? admin(request) : notFound();
    };
  }

  private Reply ready() {
    String reason = status.notReady();
    return reason == null
        ? Reply.json(200, Map.of("status", "ready"))
        : Reply.problem(503, "not-ready", reason);
  }

  private Reply admin(Request request) throws BadRequest {
    String bearer = request.bearer();
    if (bearer == null
        || !MessageDigest.isEqual(bearer.getBytes(StandardCharsets.UTF_8), adminToken)) {
      return Reply.problem(
          401, "unauthorized", "show the token in admin.token of the data directory");
    }
    List<String> path = request.path();
    String route = request.method() + " " + path.get(1) + "/" + path.size();
    return switch (route) {
      case "GET cluster/2" -> Reply.json(200, cluster.full());
      case "GET agents/2" -> Reply.json(200, list());
      case "POST agents/2" -> add(Json.object(request.body()));
      case "DELETE agents/3" -> revoke(path.get(2));
      case "POST tokens/2" -> token(Json.object(request.body()));
      case "POST apikeys/2" -> apiKey(Json.object(request.body()));
      case "GET dead-letters/2" -> stored.deadLetters(Caller.ADMIN, request.query());
      case "GET messages/3" -> stored.show(Caller.ADMIN, Request.uuid(path.get(2)));
      case "POST messages/4" -> settle(Request.uuid(path.get(2)), path.get(3));
      default -> notFound();
    };
  }

  private Reply settle(UUID id, String how) {
    return switch (how) {
      case "redrive" -> stored.redrive(Caller.ADMIN, id);
      case "discard" -> stored.discard(Caller.ADMIN, id);
      default -> notFound();
    };
  }

  private List<Map<String, Object>> list() {
    List<Agent> listed = agents.list(null, "", LIST_LIMIT);
    Set<String> online = connected.among(listed.stream().map(Agent::id).toList());
    return listed.stream()
        .map(agent -> {
          Map<String, Object> row = new LinkedHashMap<>();
          row.put("agent_id", agent.id());
          row.put("organization", agent.organization());
          row.put("public_key", encode(agent));
          row.put("connected", online.contains(agent.id()));
          row.put("revoked", agent.revoked());
          return row;
        })
        .toList();
  }

  private Reply add(JsonNode body) throws BadRequest {
    String id = required(body, "agent_id");
    if (!dev.aegis.protocol.AgentId.isValid(id)) {
      throw new BadRequest("not an agent id: letters, digits and . _ @ - only");
    }
    byte[] key;
    try {
      key = Base64.getDecoder().decode(required(body, "public_key"));
    } catch (IllegalArgumentException e) {
      throw new BadRequest("public_key is not base64");
    }
    if (key.length != 32) {
      throw new BadRequest("public_key must be 32 bytes");
    }
    String organization = organization(body);
    if (!agents.add(id, organization, key)) {
      return Reply.problem(409, "agent-exists", "an agent of that name is enrolled already");
    }
    router.agentChanged(id);
    audit.done(Audit.ADMIN, "agent-added", id, "organization=" + organization);
    return Reply.json(201, Map.of("agent_id", id));
  }

  private Reply revoke(String id) {
    if (!agents.revoke(id)) {
      return Reply.problem(404, "unknown-agent", "no agent of that name, or revoked already");
    }
    router.agentChanged(id);
    sessions.revoke(id);
    audit.done(Audit.ADMIN, "agent-revoked", id, null);
    return Reply.json(200, Map.of("agent_id", id, "revoked", true));
  }

  private Reply token(JsonNode body) throws BadRequest {
    JsonNode agent = body.get("agent_id");
    long life = body.path("seconds").asLong(3_600);
    if (life < 1 || life > MAX_TOKEN_LIFE.toSeconds()) {
      throw new BadRequest("seconds: 1 to " + MAX_TOKEN_LIFE.toSeconds());
    }
    String organization = organization(body);
    String only = agent == null ? null : agent.asString();
    String token = agents.createJoinToken(organization, only, clock.millis() + life * 1_000);
    audit.done(
        Audit.ADMIN,
        "join-token-created",
        only == null ? "*" : only,
        "organization=" + organization + " seconds=" + life);
    return Reply.json(201, Map.of("join_token", token));
  }

  private Reply apiKey(JsonNode body) throws BadRequest {
    ApiKey.Role role;
    try {
      role = ApiKey.Role.valueOf(required(body, "role").toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new BadRequest("role: admin, sender or viewer");
    }
    String organization = organization(body);
    String name = required(body, "name");
    String key = keys.create(role, organization, name);
    audit.done(
        Audit.ADMIN,
        "api-key-created",
        "api." + name,
        "role=" + role.name().toLowerCase(Locale.ROOT) + " organization=" + organization);
    return Reply.json(201, Map.of("api_key", key));
  }

  /// The organization that the admin names; it comes to be when it is first named.
  private String organization(JsonNode body) throws BadRequest {
    String id = body.path("organization").asString("default");
    if (!ORGANIZATION.matcher(id).matches()) {
      throw new BadRequest("organization: up to 64 letters, digits and . _ -");
    }
    agents.addOrganization(id, id);
    return id;
  }

  private static String required(JsonNode body, String field) throws BadRequest {
    JsonNode node = body.get(field);
    if (node == null || !node.isString() || node.asString().isBlank()) {
      throw new BadRequest(field + " is missing");
    }
    return node.asString();
  }

  private static String encode(Agent agent) {
    byte[] key = agent.publicKey();
    return key == null ? "" : Base64.getEncoder().encodeToString(key);
  }

  private static Reply notFound() {
    return Reply.problem(404, "not-found", "here are /status /metrics /livez /readyz");
  }
}
