package dev.aegis.gateway.admission;

/// The rate limits of one agent.
///
/// @param agent all its messages
/// @param type its messages of one type; those of class critical and high are exempt
/// @param urgent its messages of class critical and high: nobody floods by calling everything
///   urgent
public record Rates(Rate agent, Rate type, Rate urgent) {
  public static Rates defaults() {
    return new Rates(
        new Rate(50_000, 100_000), new Rate(50_000, 100_000), new Rate(20_000, 40_000));
  }
}
