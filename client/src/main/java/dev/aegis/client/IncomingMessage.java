package dev.aegis.client;

import dev.aegis.protocol.Message;
import dev.aegis.protocol.TopicName;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A message that arrived.
///
/// @param attempt counts deliveries, from 1
/// @param acceptedAtMillis when the gateway took it, by the gateway's clock, since 1970
/// @param mailboxEpoch with `sequence`, the message's place in this agent's mailbox
/// @param sequence 0 for best-effort messages, which have no place
public record IncomingMessage(
    Message message, int attempt, long acceptedAtMillis, long mailboxEpoch, long sequence) {
  public String from() {
    return message.from();
  }

  /// The topic it was published to, or null.
  public @Nullable String topic() {
    return TopicName.ofAddress(message.to());
  }

  public String type() {
    return message.type();
  }

  public byte[] payload() {
    return message.payload();
  }

  /// The payload read as UTF-8.
  public String text() {
    return new String(message.payload(), StandardCharsets.UTF_8);
  }
}
