package dev.aegis.client;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.TypeDefaults;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A message to send. Immutable; `with…` gives a changed copy. Priority and guarantee start as the
/// defaults of the type.
public record OutgoingMessage(
    String to,
    String type,
    byte[] payload,
    Priority priority,
    Guarantee guarantee,
    Duration ttl,
    @Nullable String channel,
    @Nullable UUID conversation,
    @Nullable UUID correlation,
    @Nullable String contentType,
    Map<String, String> metadata,
    int hops) {
  public OutgoingMessage {
    metadata = Map.copyOf(metadata);
  }

  public static OutgoingMessage of(String to, String type, byte[] payload) {
    TypeDefaults defaults = TypeDefaults.of(type);
    return new OutgoingMessage(
        to,
        type,
        payload,
        defaults.priority(),
        defaults.guarantee(),
        Duration.ZERO,
        null,
        null,
        null,
        null,
        Map.of(),
        0);
  }

  public static OutgoingMessage text(String to, String type, String text) {
    return of(to, type, text.getBytes(StandardCharsets.UTF_8)).withContentType("text/plain");
  }

  /// The same to another agent.
  public OutgoingMessage withTo(String value) {
    return new OutgoingMessage(
        value,
        type,
        payload,
        priority,
        guarantee,
        ttl,
        channel,
        conversation,
        correlation,
        contentType,
        metadata,
        hops);
  }

  public OutgoingMessage withPriority(Priority value) {
    return new OutgoingMessage(
        to,
        type,
        payload,
        value,
        guarantee,
        ttl,
        channel,
        conversation,
        correlation,
        contentType,
        metadata,
        hops);
  }

  public OutgoingMessage withGuarantee(Guarantee value) {
    return new OutgoingMessage(
        to,
        type,
        payload,
        priority,
        value,
        ttl,
        channel,
        conversation,
        correlation,
        contentType,
        metadata,
        hops);
  }

  /// How long the message is worth delivering; zero for ever.
  public OutgoingMessage withTtl(Duration value) {
    return new OutgoingMessage(
        to,
        type,
        payload,
        priority,
        guarantee,
        value,
        channel,
        conversation,
        correlation,
        contentType,
        metadata,
        hops);
  }

  public OutgoingMessage withChannel(@Nullable String value) {
    return new OutgoingMessage(
        to,
        type,
        payload,
        priority,
        guarantee,
        ttl,
        value,
        conversation,
        correlation,
        contentType,
        metadata,
        hops);
  }

  public OutgoingMessage withConversation(@Nullable UUID value) {
    return new OutgoingMessage(
        to,
        type,
        payload,
        priority,
        guarantee,
        ttl,
        channel,
        value,
        correlation,
        contentType,
        metadata,
        hops);
  }

  public OutgoingMessage withCorrelation(@Nullable UUID value) {
    return new OutgoingMessage(
        to,
        type,
        payload,
        priority,
        guarantee,
        ttl,
        channel,
        conversation,
        value,
        contentType,
        metadata,
        hops);
  }

  public OutgoingMessage withContentType(@Nullable String value) {
    return new OutgoingMessage(
        to,
        type,
        payload,
        priority,
        guarantee,
        ttl,
        channel,
        conversation,
        correlation,
        value,
        metadata,
        hops);
  }

  public OutgoingMessage withMetadata(Map<String, String> value) {
    return new OutgoingMessage(
        to,
        type,
        payload,
        priority,
        guarantee,
        ttl,
        channel,
        conversation,
        correlation,
        contentType,
        value,
        hops);
  }

  /// The same, kept where nobody with the capability that it is for is there, until somebody is: it
  /// would be refused otherwise. For durable messages to `cap:NAME`.
  public OutgoingMessage withParking() {
    Map<String, String> more = new HashMap<>(metadata);
    more.put("no_candidate", "park");
    return withMetadata(more);
  }

  /// How many agents this piece of work has passed: one more than in the message that caused it.
  public OutgoingMessage withHops(int value) {
    return new OutgoingMessage(
        to,
        type,
        payload,
        priority,
        guarantee,
        ttl,
        channel,
        conversation,
        correlation,
        contentType,
        metadata,
        value);
  }
}
