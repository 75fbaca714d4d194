package dev.aegis.gateway.admission;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The rate limits of one agent.
///
/// @param agent its messages of class normal and low
/// @param type those of one type
/// @param urgent its messages of class critical and high, which nothing else limits: nobody floods
///   by calling everything urgent
/// @param types what counts instead of `type` for some types
/// @param quota how many messages of class normal and low it may send in a longer time, or null for
///   any number
public record Rates(
    Rate agent, Rate type, Rate urgent, Map<String, Rate> types, @Nullable Quota quota) {
  public Rates {
    types = Map.copyOf(types);
  }

  /// The same rate for every type, and no quota.
  public Rates(Rate agent, Rate type, Rate urgent) {
    this(agent, type, urgent, Map.of(), null);
  }

  public Rates withQuota(@Nullable Quota value) {
    return new Rates(agent, type, urgent, types, value);
  }

  public static Rates defaults() {
    return new Rates(
        new Rate(50_000, 100_000), new Rate(50_000, 100_000), new Rate(20_000, 40_000));
  }
}
