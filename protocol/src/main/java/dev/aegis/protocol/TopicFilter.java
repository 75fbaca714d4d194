package dev.aegis.protocol;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Which messages of its topics a subscription is for (PROTOCOL.md 6.2): all conditions must hold.
/// Immutable.
public final class TopicFilter {
  public static final int MAX_CONDITIONS = 8;
  public static final int MAX_VALUE_BYTES = 255;

  /// Lets everything pass.
  public static final TopicFilter ALL = new TopicFilter(Map.of(), null, null, null, Map.of());

  private static final String METADATA = "meta.";

  private final Map<String, String> conditions;
  private final @Nullable String type;
  private final @Nullable String from;
  private final @Nullable Set<Priority> priorities;
  private final Map<String, String> metadata;

  private TopicFilter(
      Map<String, String> conditions,
      @Nullable String type,
      @Nullable String from,
      @Nullable Set<Priority> priorities,
      Map<String, String> metadata) {
    this.conditions = conditions;
    this.type = type;
    this.from = from;
    this.priorities = priorities;
    this.metadata = metadata;
  }

  /// @throws EnvelopeException a condition is unknown, or there are too many, or too long ones
  public static TopicFilter parse(Map<String, String> conditions) throws EnvelopeException {
    if (conditions.isEmpty()) {
      return ALL;
    }
    if (conditions.size() > MAX_CONDITIONS) {
      throw invalid("filter has too many conditions");
    }
    Set<Priority> priorities = null;
    Map<String, String> metadata = new HashMap<>();
    for (Map.Entry<String, String> condition : conditions.entrySet()) {
      String key = condition.getKey();
      String value = condition.getValue();
      if (bytes(key) > MAX_VALUE_BYTES || bytes(value) > MAX_VALUE_BYTES) {
        throw invalid("filter has a condition that is too long");
      }
      switch (key) {
        case "type", "from" -> {}
        case "priority" -> priorities = priorities(value);
        default -> {
          if (!key.startsWith(METADATA) || key.length() == METADATA.length()) {
            throw invalid("filter has an unknown condition");
          }
          metadata.put(key.substring(METADATA.length()), value);
        }
      }
    }
    return new TopicFilter(
        Map.copyOf(conditions),
        conditions.get("type"),
        conditions.get("from"),
        priorities,
        Map.copyOf(metadata));
  }

  private static Set<Priority> priorities(String value) throws EnvelopeException {
    Set<Priority> set = EnumSet.noneOf(Priority.class);
    for (String label : value.split(",", -1)) {
      set.add(priority(label));
    }
    return set;
  }

  private static Priority priority(String label) throws EnvelopeException {
    for (Priority each : Priority.values()) {
      if (each.label().equals(label)) {
        return each;
      }
    }
    throw invalid("filter has an unknown priority");
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static EnvelopeException invalid(String reason) {
    return new EnvelopeException(ErrorCode.INVALID_FIELD, reason);
  }

  /// What it was made of.
  public Map<String, String> conditions() {
    return conditions;
  }

  /// @param metadataOf asked only where a condition is about metadata
  public boolean passes(
      String ofType,
      Priority ofPriority,
      String ofSender,
      Supplier<Map<String, String>> metadataOf) {
    if ((type != null && !type.equals(ofType))
        || (from != null && !from.equals(ofSender))
        || (priorities != null && !priorities.contains(ofPriority))) {
      return false;
    }
    return metadata.isEmpty() || metadataOf.get().entrySet().containsAll(metadata.entrySet());
  }

  public boolean passes(Message message) {
    return passes(message.type(), message.priority(), message.from(), message::metadata);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TopicFilter that && conditions.equals(that.conditions);
  }

  @Override
  public int hashCode() {
    return conditions.hashCode();
  }
}
