package dev.aegis.gateway.http;

import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.PoolName;
import dev.aegis.store.StoredMessage;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// How a message looks in JSON. Who, to whom and what kind stand under two names each, as clients
/// of either kind look for them.
final class MessageJson {
  private MessageJson() {}

  /// A stored message without its payload.
  static Map<String, Object> summary(StoredMessage message) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("id", message.id());
    names(shown, message.sender(), recipient(message), message.type());
    shown.put("channel", message.channel());
    shown.put("conversation_id", message.conversation());
    shown.put("correlation_id", message.correlation());
    shown.put("priority", Priority.fromWire(message.priority()).label());
    shown.put("delivery_guarantee", Guarantee.fromWire(message.guarantee()).label());
    shown.put("status", status(message).text());
    // That of the last failure, which does not matter any more once the message is processed.
    shown.put("reason", message.reason());
    shown.put("mailbox_epoch", message.mailboxEpoch());
    shown.put("sequence", message.sequence());
    shown.put("retry_count", message.retryCount());
    shown.put("failure_count", message.failureCount());
    shown.put("created_at", time(message.acceptedAtMillis()));
    shown.put("expires_at", time(message.expiresAtMillis()));
    shown.put("delivered_at", time(message.deliveredAtMillis()));
    shown.put("processed_at", time(message.processedAtMillis()));
    shown.put("next_attempt_at", time(message.retryAtMillis()));
    return shown;
  }

  /// Of work that nobody has yet, whom its sender wrote it for.
  private static String recipient(StoredMessage message) {
    String wanted = message.routedTo();
    return wanted != null && PoolName.isOne(message.recipient()) ? wanted : message.recipient();
  }

  /// What is between two agents waits.
  private static MessageStatus status(StoredMessage message) {
    return message.status() == MessageStatus.MOVED ? MessageStatus.PENDING : message.status();
  }

  /// A stored message as a whole.
  static Map<String, Object> whole(StoredMessage message) {
    Map<String, Object> shown = summary(message);
    if (message.erased()) {
      shown.put("content_type", null);
      shown.put("metadata", Map.of());
      shown.put("payload", null);
    } else {
      body(shown, message(message.envelope()));
    }
    return shown;
  }

  /// A message on its way to its recipient.
  ///
  /// @param sequence 0 for one that is best-effort
  static Map<String, Object> delivery(
      long sequence, int attempt, long acceptedAtMillis, byte[] envelope) {
    Message message = message(envelope);
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("id", message.id());
    names(shown, message.from(), message.to(), message.type());
    shown.put("channel", message.channel());
    shown.put("conversation_id", message.conversation());
    shown.put("correlation_id", message.correlation());
    shown.put("priority", message.priority().label());
    shown.put("delivery_guarantee", message.guarantee().label());
    shown.put("sequence", sequence);
    shown.put("attempt", attempt);
    shown.put("created_at", time(acceptedAtMillis));
    shown.put(
        "expires_at",
        message.ttlMillis() == 0 ? null : time(acceptedAtMillis + message.ttlMillis()));
    body(shown, message);
    return shown;
  }

  static @Nullable String time(long millis) {
    return millis == 0 ? null : Instant.ofEpochMilli(millis).toString();
  }

  private static void names(Map<String, Object> shown, String from, String to, String type) {
    shown.put("from", from);
    shown.put("from_agent_id", from);
    shown.put("to", to);
    shown.put("to_agent_id", to);
    shown.put("type", type);
    shown.put("message_type", type);
  }

  /// `payload` has the bytes always, `content` what they mean where they are JSON.
  private static void body(Map<String, Object> shown, Message message) {
    shown.put("content_type", message.contentType());
    shown.put("metadata", message.metadata());
    String type = message.contentType();
    if (type != null && type.startsWith("application/json")) {
      try {
        shown.put("content", Json.parse(message.payload()));
      } catch (JacksonException _) {
        shown.put("content", null); // its sender said so, and was wrong
      }
    }
    shown.put("payload", Base64.getEncoder().encodeToString(message.payload()));
  }

  private static Message message(byte[] envelope) {
    try {
      return (Message) EnvelopeCodec.decode(envelope, 0, envelope.length);
    } catch (EnvelopeException e) {
      throw new IllegalStateException("what is stored was admitted once", e);
    }
  }
}
