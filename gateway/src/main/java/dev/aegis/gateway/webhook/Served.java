package dev.aegis.gateway.webhook;

import org.jspecify.annotations.Nullable;

/// An agent whose messages are posted from here, while something waits. What a field says is
/// written by the thread that looks around, unless it is volatile; times are of a clock that never
/// steps.
final class Served {
  private final String agentId;
  private volatile @Nullable Target target;
  private volatile boolean running;
  private volatile long notBeforeMillis = Long.MIN_VALUE;

  /// When the agent was last seen to have a session itself.
  long hadSessionMillis = Long.MIN_VALUE;

  /// Since when it waits for its turn, [Long#MAX_VALUE] while it does not.
  long waitsSinceMillis = Long.MAX_VALUE;

  Served(String agentId) {
    this.agentId = agentId;
  }

  String agentId() {
    return agentId;
  }

  /// Where to, or null if it is not to be posted to any more.
  @Nullable Target target() {
    return target;
  }

  void target(@Nullable Target other) {
    target = other;
  }

  boolean running() {
    return running;
  }

  void running(boolean on) {
    running = on;
  }

  /// Its server, or what came of the last session, asks for a pause.
  void pauseUntil(long millis) {
    notBeforeMillis = millis;
  }

  boolean pauses(long nowMillis) {
    return nowMillis < notBeforeMillis;
  }
}
