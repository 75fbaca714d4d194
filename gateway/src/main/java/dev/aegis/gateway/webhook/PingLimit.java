package dev.aegis.gateway.webhook;

import dev.aegis.gateway.admission.CallLimiter;
import dev.aegis.gateway.admission.Rate;
import java.util.HashMap;
import java.util.Map;

/// How often an organization may have endpoints tried out by this node, and how many at a time: a
/// try is a request to a host of its choice, for which nothing had to be sent, and which may be
/// slow to answer. Thread-safe.
final class PingLimit {
  /// At a time, all organizations together.
  static final int AT_ONCE = 64;

  private static final int AT_ONCE_OF_ONE = 8;
  private static final Rate RATE = new Rate(1, 10);
  private static final long SOON_MILLIS = 1_000;

  private final CallLimiter often = new CallLimiter();
  private final Map<String, Integer> underWay = new HashMap<>(); // guarded by this
  private int all;

  /// Begins a try, which has to [#end].
  ///
  /// @return how many milliseconds to wait where it does not begin; 0 where it does
  synchronized long begin(String organization, long nowNanos) {
    int own = underWay.getOrDefault(organization, 0);
    if (own >= AT_ONCE_OF_ONE || all >= AT_ONCE) {
      return SOON_MILLIS;
    }
    long wait = often.take(organization, RATE, nowNanos);
    if (wait == 0) {
      underWay.put(organization, own + 1);
      all++;
    }
    return wait;
  }

  synchronized void end(String organization) {
    underWay.computeIfPresent(organization, (_, own) -> own == 1 ? null : own - 1);
    all--;
  }
}
