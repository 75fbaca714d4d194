package dev.aegis.client;

import dev.aegis.protocol.Priority;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which messages of its topics a subscription is for, and how. Immutable; `with…` gives a changed
/// copy.
///
/// @param filter conditions by name (PROTOCOL.md 6.2), all of which must hold
/// @param queueGroup the group of agents of which one gets each message; null for none
/// @param durable whether the gateway keeps the subscription, and durable messages for it, also
///   while this agent is not connected
public record SubscribeOptions(
    Map<String, String> filter, @Nullable String queueGroup, boolean durable) {
  public SubscribeOptions {
    filter = Map.copyOf(filter);
  }

  /// Everything, for as long as the client is connected.
  public static SubscribeOptions defaults() {
    return new SubscribeOptions(Map.of(), null, false);
  }

  /// Only messages of that type.
  public SubscribeOptions withType(String type) {
    return with("type", type);
  }

  /// Only messages of that agent.
  public SubscribeOptions withFrom(String agent) {
    return with("from", agent);
  }

  /// Only messages of one of these classes.
  public SubscribeOptions withPriorities(Priority... priorities) {
    return with(
        "priority",
        List.of(priorities).stream().map(Priority::label).collect(Collectors.joining(",")));
  }

  /// Only messages that have this in their metadata.
  public SubscribeOptions withMetadata(String key, String value) {
    return with("meta." + key, value);
  }

  /// Adds a condition as PROTOCOL.md 6.2 names it.
  public SubscribeOptions with(String condition, String value) {
    Map<String, String> more = new HashMap<>(filter);
    more.put(condition, value);
    return new SubscribeOptions(more, queueGroup, durable);
  }

  /// Shares the messages with the other agents of the group: each goes to one of them.
  public SubscribeOptions withQueueGroup(@Nullable String group) {
    return new SubscribeOptions(filter, group, durable);
  }

  /// Has the gateway keep the subscription and its durable messages until it is closed.
  public SubscribeOptions withDurable(boolean value) {
    return new SubscribeOptions(filter, queueGroup, value);
  }
}
