package dev.aegis.client;

import dev.aegis.protocol.Message;
import java.nio.charset.StandardCharsets;

/// A message that arrived. `attempt` counts deliveries from 1; `acceptedAtMillis` is the gateway's
/// clock.
public record IncomingMessage(Message message, int attempt, long acceptedAtMillis) {
  public String from() {
    return message.from();
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
