package dev.aegis.gateway.admission;

import java.util.Map;

/// The rate limits of one agent.
///
/// @param agent all its messages
/// @param type its messages of one type; those of class critical and high are exempt
/// @param urgent its messages of class critical and high: nobody floods by calling everything
///   urgent
/// @param types what counts instead of `type` for some types
public record Rates(Rate agent, Rate type, Rate urgent, Map<String, Rate> types) {
  public Rates {
    types = Map.copyOf(types);
  }

  /// The same rate for every type.
  public Rates(Rate agent, Rate type, Rate urgent) {
    this(agent, type, urgent, Map.of());
  }

  public static Rates defaults() {
    return new Rates(
        new Rate(50_000, 100_000), new Rate(50_000, 100_000), new Rate(20_000, 40_000));
  }
}
