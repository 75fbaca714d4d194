package dev.aegis.gateway.router;

/// Bounds of subscriptions.
///
/// @param perAgent most of one agent
/// @param all most of all agents together
public record TopicBounds(int perAgent, int all) {
  public static TopicBounds defaults() {
    return new TopicBounds(256, 100_000);
  }
}
