package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.router.Principal;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.router.SubmitResult;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;

/// Sending: to one agent, to whoever has a capability, to a topic, or to all. Messages come from
/// the agent that the caller speaks as. Blocking.
final class SendingResource implements Resource {
  private static final int MAX_BODY_BYTES = 2 * 1024 * 1024;
  private static final long SUBMIT_TIMEOUT_SECONDS = 30;

  /// What becomes of a message that nobody is there for; the metadata has it by the same name.
  private static final String NO_CANDIDATE = "no_candidate";

  private static final String[] FIELDS = {
    "id",
    "type",
    "message_type",
    "channel",
    "content_type",
    "priority",
    "delivery_guarantee",
    "ttl",
    "expires_at",
    "conversation_id",
    "correlation_id",
    "metadata",
    "content",
    "payload",
    "to",
    "to_agent_id",
    "from_agent_id",
    NO_CANDIDATE,
  };

  private final Router router;
  private final InstantSource clock;

  SendingResource(Router router, InstantSource clock) {
    this.router = router;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.post("/api/v1/messages", this::send)
            .also("/api/messages")
            .needs(Scope.MESSAGES_SEND)
            .withBody(MAX_BODY_BYTES)
            .idempotent(),
        Route.post("/api/v1/agents/{id}/send", call -> send(call, call.variable("id")))
            .needs(Scope.MESSAGES_SEND)
            .withBody(MAX_BODY_BYTES)
            .idempotent(),
        Route.post("/api/v1/agents/broadcast", call -> send(call, "*"))
            .needs(Scope.MESSAGES_SEND)
            .withBody(MAX_BODY_BYTES)
            .idempotent());
  }

  private Reply send(Call call) throws ProblemException {
    Fields body = call.fields(FIELDS);
    return send(call, Addressee.of(body), body);
  }

  private Reply send(Call call, String to) throws ProblemException {
    Fields body = call.fields(FIELDS);
    if (body.has("to") || body.has("to_agent_id")) {
      throw ProblemException.invalid("the path says who gets it");
    }
    return send(call, to, body);
  }

  private Reply send(Call call, String to, Fields body) throws ProblemException {
    Addressee.check(to);
    Message message = message(call, to, body);
    SubmitResult result;
    try {
      result =
          router
              .submit(new Principal(message.from(), call.caller().home()), message)
              .toCompletableFuture()
              .get(SUBMIT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProblemException(ProblemCode.SHUTTING_DOWN, "the gateway is stopping");
    } catch (TimeoutException _) {
      throw new ProblemException(
          ProblemCode.TIMEOUT, "not stored in time; send again with the same id");
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
      case SubmitResult.Refused refused -> throw refused(refused);
    };
  }

  /// Why a message was not taken, as a problem.
  static ProblemException refused(SubmitResult.Refused refused) {
    return new ProblemException(
        ProblemCode.of(refused.code()), refused.reason(), refused.retryAfterMillis());
  }

  private Message message(Call call, String to, Fields body) throws ProblemException {
    String from = call.caller().sender();
    String claimed = body.text("from_agent_id");
    if (claimed != null && !claimed.equals(from)) {
      throw new ProblemException(
          ProblemCode.FROM_MISMATCH, "messages sent with this key come from " + from);
    }
    UUID id = body.uuid("id");
    Message.Builder message =
        Message.builder(Kind.EVENT, id == null ? call.newId().get() : id, from, to, type(body))
            .channel(body.text("channel"))
            .contentType(body.text("content_type", "application/json"))
            .timestampMillis(clock.millis())
            .conversation(body.uuid("conversation_id"))
            .correlation(body.uuid("correlation_id"))
            .metadata(metadata(body));
    String priority = body.word("priority");
    if (priority != null) {
      message.priority(
          Priority.parse(priority)
              .orElseThrow(() ->
                  ProblemException.invalid("priority: critical, high, normal, low, or 1 to 10")));
    }
    String guarantee = body.text("delivery_guarantee");
    if (guarantee != null) {
      message.guarantee(
          Guarantee.parse(guarantee)
              .orElseThrow(() ->
                  ProblemException.invalid(
                      "delivery_guarantee: best-effort, at-least-once or exactly-once")));
    } else if (to.equals("*")) {
      message.guarantee(Guarantee.BEST_EFFORT);
    }
    message.ttlMillis(ttl(body));
    return message.payload(payload(body)).build();
  }

  private static String type(Fields body) throws ProblemException {
    String type = body.text("type");
    String other = body.text("message_type");
    if (type != null && other != null && !type.equals(other)) {
      throw ProblemException.invalid("type and message_type are the same and may not differ");
    }
    return type != null ? type : other != null ? other : "task";
  }

  /// Until `expires_at`, or as `ttl` says; 0 for no expiry.
  private long ttl(Fields body) throws ProblemException {
    Instant expires = body.time("expires_at");
    if (expires == null) {
      return body.number("ttl", 0, Long.MAX_VALUE, 0);
    }
    if (body.node("ttl") != null) {
      throw ProblemException.invalid("ttl or expires_at, one of the two");
    }
    long millis = expires.toEpochMilli() - clock.millis();
    if (millis <= 0) {
      throw new ProblemException(ProblemCode.EXPIRED, "expires_at has passed");
    }
    return millis;
  }

  private static Map<String, String> metadata(Fields body) throws ProblemException {
    Map<String, String> metadata = new LinkedHashMap<>();
    String otherwise = body.text(NO_CANDIDATE);
    if (otherwise != null) {
      if (!otherwise.equals("refuse") && !otherwise.equals("park")) {
        throw ProblemException.invalid(NO_CANDIDATE + ": refuse or park");
      }
      metadata.put(NO_CANDIDATE, otherwise);
    }
    JsonNode node = body.node("metadata");
    if (node == null) {
      return metadata;
    }
    if (!node.isObject()) {
      throw ProblemException.invalid("metadata must be an object");
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      JsonNode value = entry.getValue();
      if (!value.isValueNode() || value.isNull()) {
        throw ProblemException.invalid("metadata: names with strings, numbers or booleans");
      }
      metadata.put(entry.getKey(), value.asString());
    }
    RetryWishes.check(metadata);
    return metadata;
  }

  private static byte[] payload(Fields body) throws ProblemException {
    JsonNode content = body.node("content");
    byte[] payload = body.base64("payload");
    if (content != null && payload != null) {
      throw ProblemException.invalid("content or payload, one of the two");
    }
    if (content != null) {
      return Json.bytes(content);
    }
    if (payload == null) {
      throw ProblemException.invalid("content (JSON) or payload (base64) is missing");
    }
    return payload;
  }
}
