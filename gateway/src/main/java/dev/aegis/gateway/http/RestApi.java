package dev.aegis.gateway.http;

import dev.aegis.gateway.net.HttpApi;
import dev.aegis.gateway.router.AuditLog;
import dev.aegis.gateway.router.Principal;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.router.SubmitResult;
import dev.aegis.gateway.session.Connected;
import dev.aegis.protocol.AgentId;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.TopicName;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStore;
import dev.aegis.store.ApiKey;
import dev.aegis.store.ApiKeyStore;
import dev.aegis.store.MessageStore;
import io.netty.channel.ChannelHandler;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The REST API of the TLS port: status of an agent, sending to one or to all, and the proof of a
/// message. Callers show an API key; a sender's messages come from the agent `api.KEY-NAME` of the
/// key's organization.
public final class RestApi implements HttpApi {
  private static final int MAX_BODY_BYTES = 2 * 1024 * 1024;
  private static final long SUBMIT_TIMEOUT_SECONDS = 30;

  private final Router router;
  private final Connected connected;
  private final AgentStore agents;
  private final ApiKeyStore keys;
  private final StoredMessagesApi stored;
  private final MessageStore messages;
  private final Uuid7 ids;
  private final InstantSource clock;

  public RestApi(
      Router router,
      Connected connected,
      AgentStore agents,
      ApiKeyStore keys,
      MessageStore messages,
      AuditLog audit,
      Uuid7 ids,
      InstantSource clock) {
    this.router = router;
    this.connected = connected;
    this.agents = agents;
    this.keys = keys;
    this.stored = new StoredMessagesApi(router, agents, messages, new Audit(audit), clock);
    this.messages = messages;
    this.ids = ids;
    this.clock = clock;
  }

  @Override
  public int maxBodyBytes() {
    return MAX_BODY_BYTES;
  }

  @Override
  public ChannelHandler newHandler() {
    return new HttpHandler(this::answer);
  }

  private Reply answer(Request request) throws BadRequest {
    List<String> path = request.path();
    if (path.size() < 3 || !path.subList(0, 2).equals(List.of("api", "v1"))) {
      return Reply.problem(404, "not-found", "no such resource; see /api/v1/agents/{id}/status");
    }
    String bearer = request.bearer();
    Optional<ApiKey> key = bearer == null ? Optional.empty() : keys.find(ApiKeyStore.hash(bearer));
    if (key.isEmpty()) {
      return Reply.problem(401, "unauthorized", "show an API key: Authorization: Bearer KEY");
    }
    String name = path.size() > 3 ? path.get(3) : "";
    String resource =
        path.size() > 4
            ? path.get(2) + "/{}/" + path.get(4)
            : path.get(2) + (path.get(2).equals("messages") ? "/{}" : "/" + name);
    return switch (request.method() + " " + resource) {
      case "GET agents/{}/status" -> status(key.get(), name);
      case "POST agents/{}/send" -> send(key.get(), name, request.body());
      case "POST agents/broadcast" -> send(key.get(), "*", request.body());
      case "GET messages/{}/proof" -> stored.proof(Caller.of(key.get()), Request.uuid(name));
      case "POST messages/{}/redrive" -> stored.redrive(Caller.of(key.get()), Request.uuid(name));
      case "POST messages/{}/discard" -> stored.discard(Caller.of(key.get()), Request.uuid(name));
      case "GET dead-letters/" -> stored.deadLetters(Caller.of(key.get()), request.query());
      case "GET messages/{}" -> stored.show(Caller.of(key.get()), Request.uuid(name));
      default -> Reply.problem(404, "not-found", "no such resource or method");
    };
  }

  private Reply status(ApiKey key, String id) {
    Optional<Agent> agent =
        agents.find(id).filter(a -> a.organization().equals(key.organization()));
    if (agent.isEmpty()) {
      return Reply.problem(404, "unknown-agent", "no agent of that name in your organization");
    }
    Optional<Connected.Connection> connection = connected.find(id);
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("agent_id", id);
    status.put("organization", agent.get().organization());
    status.put("is_active", connection.isPresent());
    status.put("revoked", agent.get().revoked());
    connection.ifPresent(open -> {
      status.put("connected_at", open.sinceMillis());
      status.put("session_epoch", open.sessionEpoch());
    });
    status.put("pending", messages.countOpen(id));
    return Reply.json(200, status);
  }

  private Reply send(ApiKey key, String to, String body) throws BadRequest {
    if (key.role() == ApiKey.Role.VIEWER) {
      return Reply.problem(403, "forbidden", "a viewer key cannot send; use a sender or admin key");
    }
    boolean toMany = to.equals("*") || TopicName.ofAddress(to) != null;
    if (!toMany && !AgentId.isValid(to)) {
      throw new BadRequest("not an agent id: letters, digits and . _ @ - only");
    }
    Message message = message(key, to, Json.object(body));
    SubmitResult result;
    try {
      result =
          router
              .submit(new Principal(message.from(), key.organization()), message)
              .toCompletableFuture()
              .get(SUBMIT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Reply.problem(503, "shutting-down", "the gateway is stopping");
    } catch (TimeoutException e) {
      return Reply.problem(504, "timeout", "not stored in time; send again with the same id");
    } catch (ExecutionException e) {
      throw new IllegalStateException("submit failed", e.getCause());
    }
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("id", message.id());
    return switch (result) {
      case SubmitResult.Stored stored -> {
        reply.put("status", "pending");
        reply.put("sequence", stored.sequence());
        reply.put("duplicate", stored.duplicate());
        yield Reply.json(202, reply);
      }
      case SubmitResult.Published published -> {
        reply.put("status", "pending");
        reply.put("recipients", published.copies());
        reply.put("duplicate", published.duplicate());
        yield Reply.json(202, reply);
      }
      case SubmitResult.Sent sent -> {
        reply.put("status", "sent");
        reply.put("recipients", sent.recipients());
        yield Reply.json(202, reply);
      }
      case SubmitResult.Refused refused -> refused(refused);
    };
  }

  private Message message(ApiKey key, String to, JsonNode body) throws BadRequest {
    String type = text(body, "type", text(body, "message_type", "task"));
    String id = text(body, "id", null);
    Message.Builder message =
        Message.builder(
                Kind.EVENT,
                id == null ? ids.next() : Request.uuid(id),
                "api." + key.name(),
                to,
                type == null ? "task" : type)
            .channel(text(body, "channel", null))
            .contentType(text(body, "content_type", "application/json"))
            .timestampMillis(clock.millis());
    String priority = text(body, "priority", null);
    if (priority != null) {
      message.priority(
          Priority.parse(priority)
              .orElseThrow(
                  () -> new BadRequest("priority: critical, high, normal, low, or 1 to 10")));
    }
    String guarantee = text(body, "delivery_guarantee", to.equals("*") ? "best-effort" : null);
    if (guarantee != null) {
      message.guarantee(
          Guarantee.parse(guarantee)
              .orElseThrow(() ->
                  new BadRequest(
                      "delivery_guarantee: best-effort, at-least-once or exactly-once")));
    }
    JsonNode ttl = body.get("ttl");
    if (ttl != null) {
      if (!ttl.isIntegralNumber() || ttl.longValue() < 0) {
        throw new BadRequest("ttl: milliseconds, 0 for no expiry");
      }
      message.ttlMillis(ttl.longValue());
    }
    String conversation = text(body, "conversation_id", null);
    if (conversation != null) {
      message.conversation(Request.uuid(conversation));
    }
    return message.payload(payload(body)).build();
  }

  private static byte[] payload(JsonNode body) throws BadRequest {
    JsonNode content = body.get("content");
    String payload = text(body, "payload", null);
    if (content != null) {
      return Json.bytes(content);
    }
    if (payload == null) {
      throw new BadRequest("content (JSON) or payload (base64) is missing");
    }
    try {
      return Base64.getDecoder().decode(payload);
    } catch (IllegalArgumentException e) {
      throw new BadRequest("payload is not base64");
    }
  }

  static Reply refused(SubmitResult.Refused refused) {
    ErrorCode code = refused.code();
    int status =
        switch (code) {
          case UNKNOWN_RECIPIENT -> 404;
          case NOT_AUTHORIZED, FROM_MISMATCH -> 403;
          case RATE_LIMITED -> 429;
          case CONFLICT, RECIPIENT_OFFLINE, RECIPIENT_REVOKED -> 409;
          case PAYLOAD_TOO_LARGE, METADATA_TOO_LARGE, ENVELOPE_TOO_LARGE -> 413;
          case STORE_UNAVAILABLE, OVERLOADED, SHUTTING_DOWN, MAILBOX_FULL -> 503;
          case MALFORMED_ENVELOPE,
              UNSUPPORTED_KIND,
              INVALID_FIELD,
              EXPIRED,
              TOO_MANY_HOPS,
              NOT_OFFERED,
              TIMEOUT,
              HANDLER_FAILED,
              NO_HANDLER,
              CANCELLED,
              POISON,
              DISCARDED,
              TOO_MANY_SUBSCRIPTIONS ->
              400;
        };
    return Reply.problem(status, code.label(), refused.reason())
        .retryAfter(refused.retryAfterMillis());
  }

  private static @Nullable String text(JsonNode body, String field, @Nullable String otherwise)
      throws BadRequest {
    JsonNode node = body.get(field);
    if (node == null || node.isNull()) {
      return otherwise;
    }
    if (!node.isString() && !node.isIntegralNumber()) {
      throw new BadRequest(field + " must be a string");
    }
    return node.asString();
  }
}
