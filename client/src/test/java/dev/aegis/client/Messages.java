package dev.aegis.client;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/// Messages as another agent would send them.
final class Messages {
  private Messages() {}

  static Message.Builder of(Kind kind, String type, String text) {
    return Message.builder(kind, UUID.randomUUID(), "bob", "alice", type)
        .payload(text.getBytes(StandardCharsets.UTF_8));
  }

  /// A durable event of type `task`.
  static Message task(String text) {
    return of(Kind.EVENT, "task", text).guarantee(Guarantee.EXACTLY_ONCE).build();
  }

  static Message bestEffort(String text) {
    return of(Kind.EVENT, "task", text).guarantee(Guarantee.BEST_EFFORT).build();
  }

  static String text(Message message) {
    return new String(message.payload(), StandardCharsets.UTF_8);
  }
}
