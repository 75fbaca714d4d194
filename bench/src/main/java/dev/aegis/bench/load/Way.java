package dev.aegis.bench.load;

/// How messages come in and go out.
///
/// @param rest whether they are sent over REST, a request each, and not by connected agents
/// @param webhooks whether they are posted to their receivers, which then are not connected
public record Way(boolean rest, boolean webhooks) {
  /// Agents at both ends.
  public static final Way AGENTS = new Way(false, false);
}
