package dev.aegis.gateway.router;

import dev.aegis.protocol.Priority;
import java.util.function.LongSupplier;

/// How many messages an agent may have under way at once. Where the gateway is behind, what is of
/// low priority yields: while storing it takes longer than it has to, its sender's window shrinks.
/// So few of them are in front of what is urgent, wherever that is: in sockets, on threads, in a
/// segment that is being written. Otherwise the window is whole, or grows until it is.
///
/// The idea is that of LEDBAT (RFC 6817), with the delay from acceptance to the disk in place of
/// that of a network: the agent's own distance does not count. One message at a time is timed.
/// Confined to the session's loop.
final class YieldingWindow {
  /// What storing may take beyond the least that it took lately.
  static final long TARGET_MILLIS = 10;

  /// Fewer would cost more than they make room for: they share records, signatures and writes.
  static final int LEAST = 32;

  /// Such a part of the whole is kept by agents for what is urgent (PROTOCOL.md section 9).
  private static final int URGENT_SHARE = 8;

  private final int whole;
  private final StoringTime storing;
  private final LongSupplier steadyMillis;
  private int window;
  private long accepted;
  private long settled;
  private long timed;
  private long timedSince;
  private long timedBehind;
  private boolean timedYields;

  YieldingWindow(int whole, StoringTime storing, LongSupplier steadyMillis) {
    this.whole = whole;
    this.storing = storing;
    this.steadyMillis = steadyMillis;
    this.window = whole;
  }

  /// For what is not urgent.
  int messages() {
    return window;
  }

  /// With the room that is kept for what is urgent.
  int granted() {
    return Math.min(whole, window + whole / URGENT_SHARE);
  }

  /// A durable message goes on to be stored.
  void accepted(Priority priority) {
    accepted++;
    if (timed == 0) {
      timed = accepted;
      timedSince = steadyMillis.getAsLong();
      timedBehind = accepted - settled;
      timedYields = priority == Priority.LOW;
    }
  }

  /// So many more are stored, or refused.
  void settled(long messages) {
    long underWay = accepted - settled;
    settled += messages;
    if (timed != 0 && settled >= timed) {
      timed = 0;
      timedBehind = Math.max(timedBehind, underWay);
      long now = steadyMillis.getAsLong();
      took(now - timedSince, now);
    }
  }

  private void took(long millis, long nowMillis) {
    storing.took(millis, nowMillis);
    if (timedYields && millis > storing.leastMillis() + TARGET_MILLIS) {
      long used = Math.min(window, timedBehind);
      window = Math.min(whole, (int) Math.max(LEAST, used - used / 4));
    } else {
      window = Math.min(whole, window + Math.max(LEAST, window / 2));
    }
  }
}
