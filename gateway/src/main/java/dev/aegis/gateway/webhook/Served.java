package dev.aegis.gateway.webhook;

import dev.aegis.store.Mailboxes;
import org.jspecify.annotations.Nullable;

/// An agent whose messages are posted from here, while something waits. What a field says is
/// written by the thread that looks around, unless it is volatile; times are of a clock that never
/// steps.
final class Served {
  private static final long NEVER = Long.MIN_VALUE;
  private static final long SHORTEST_REST_MILLIS = 1_000;
  private static final long LONGEST_REST_MILLIS = 10_000;

  private final String agentId;
  private volatile @Nullable Target target;
  private volatile boolean running;
  private volatile long notBeforeMillis = NEVER;
  private volatile long restsUntilMillis = NEVER;
  private long restMillis;
  private boolean owned;
  private long nextSequence;
  private long hadSessionMillis = NEVER;

  /// Since when it waits for its turn, [Long#MAX_VALUE] while it does not.
  long waitsSinceMillis = Long.MAX_VALUE;

  /// @param owned whether its mailbox is this node's
  Served(String agentId, boolean owned) {
    this.agentId = agentId;
    this.owned = owned;
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

  /// The agent has a session itself, or had one as far as anybody here knows: it is left to come
  /// back.
  void hadSession(long nowMillis) {
    hadSessionMillis = nowMillis;
  }

  boolean mayComeBack(long nowMillis, long graceMillis) {
    return hadSessionMillis != NEVER && nowMillis - hadSessionMillis < graceMillis;
  }

  /// What is known of its mailbox. One that has become this node's and was used before was another
  /// node's, and so was its agent's session, perhaps.
  synchronized void looked(boolean owns, Mailboxes.Depth depth, long nowMillis) {
    if (owns && !owned && depth.nextSequence() - depth.messages() > 1) {
      hadSession(nowMillis);
    }
    owned = owns;
    if (depth.nextSequence() != nextSequence) {
      nextSequence = depth.nextSequence();
      restMillis = 0;
      restsUntilMillis = NEVER;
    }
  }

  /// Its server asks for a pause; of two wishes the longer one counts.
  synchronized void pauseUntil(long millis) {
    notBeforeMillis = Math.max(notBeforeMillis, millis);
  }

  /// It has another server.
  synchronized void endPause() {
    notBeforeMillis = NEVER;
  }

  boolean pauses(long nowMillis) {
    return nowMillis < notBeforeMillis;
  }

  /// Nothing was to be had of what waits, which waits for its next attempt perhaps: others' turns
  /// come first for a while, until there is something new.
  synchronized void restAfterNothing(long nowMillis) {
    restMillis = Math.clamp(restMillis * 2, SHORTEST_REST_MILLIS, LONGEST_REST_MILLIS);
    restsUntilMillis = nowMillis + restMillis;
  }

  /// Something was to be had.
  synchronized void restNoMore() {
    restMillis = 0;
  }

  boolean rests(long nowMillis) {
    return nowMillis < restsUntilMillis;
  }
}
