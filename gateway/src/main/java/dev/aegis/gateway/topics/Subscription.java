package dev.aegis.gateway.topics;

import dev.aegis.protocol.TopicFilter;
import dev.aegis.protocol.TopicPattern;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An agent's wish to get messages of topics.
///
/// @param id chosen by the agent, unique among its subscriptions
/// @param organization whose topics they are
/// @param group the queue group it shares them with, or null for none
/// @param durable whether it outlives the agent's session and asks for durable messages to be kept
public record Subscription(
    UUID id,
    String agent,
    String organization,
    TopicPattern pattern,
    TopicFilter filter,
    @Nullable String group,
    boolean durable) {
  /// Whether messages of both could be told apart by nobody: a delivery does not say which
  /// subscription it is for, and what a queue group shares goes to one handler only.
  public boolean clashesWith(Subscription other) {
    return (group != null || other.group != null) && pattern.overlaps(other.pattern);
  }
}
