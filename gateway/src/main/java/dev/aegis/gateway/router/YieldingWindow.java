package dev.aegis.gateway.router;

import dev.aegis.protocol.Priority;
import java.util.function.LongSupplier;

/// How many messages an agent may have under way at once. Where the gateway is behind, what is of
/// low priority yields: once storing it takes longer than it has to, its sender's window is small.
/// So few of them are in front of what is urgent, wherever that is: in sockets, on threads, in a
/// segment that is being written. It doubles while storing is quick again, until it is whole. A
/// window that follows the delay in small steps was tried, and cost half of the throughput.
///
/// The idea is that of LEDBAT (RFC 6817), with the delay from acceptance to the disk in place of
/// that of a network: the agent's own distance does not count. One message at a time is timed.
/// Confined to the session's loop.
final class YieldingWindow {
  /// What storing may take beyond the least that it took lately.
  static final long TARGET_MILLIS = 10;

  /// Fewer would cost more than they make room for: they share records, signatures and writes.
  static final int LEAST = 64;

  /// So many in a row have to be quick: what an agent was granted is not taken back.
  static final int QUICK = 8;

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
  private boolean timedYields;
  private int quick;

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
      timedYields = priority == Priority.LOW;
    }
  }

  /// So many more are stored, or refused.
  void settled(long messages) {
    settled += messages;
    if (timed != 0 && settled >= timed) {
      timed = 0;
      long now = steadyMillis.getAsLong();
      took(now - timedSince, now);
    }
  }

  private void took(long millis, long nowMillis) {
    storing.took(millis, nowMillis);
    long late = millis - storing.leastMillis();
    if (timedYields && late > TARGET_MILLIS) {
      window = Math.min(whole, LEAST);
      quick = 0;
    } else if (++quick == QUICK) {
      window = Math.min(whole, window * 2);
      quick = 0;
    }
  }
}
