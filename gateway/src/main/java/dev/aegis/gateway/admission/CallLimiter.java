package dev.aegis.gateway.admission;

import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;

/// How often each caller of the REST API may call at this node. Any thread; bounded.
public final class CallLimiter {
  private static final int MAX_CALLERS = 65_536;
  private static final long NANOS = 1_000_000;

  private final ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();

  private record Bucket(Rate rate, TokenBucket tokens) {}

  /// Counts a call.
  ///
  /// @param rate the caller's; where it is another one than before, it counts from now on
  /// @return how many milliseconds to wait where it is too much; 0 when it passes
  public long take(String caller, Rate rate, long nowNanos) {
    Bucket bucket = buckets.get(caller);
    if (bucket == null || !bucket.rate.equals(rate)) {
      if (buckets.size() >= MAX_CALLERS) {
        forget(nowNanos);
      }
      bucket =
          buckets.compute(
              caller,
              (_, known) ->
                  known != null && known.rate.equals(rate)
                      ? known
                      : new Bucket(rate, new TokenBucket(rate, nowNanos)));
    }
    return Math.ceilDiv(Math.max(0, bucket.tokens.take(1, nowNanos)), NANOS);
  }

  /// Who has used nothing is as good as forgotten; where everybody has, some go.
  private void forget(long nowNanos) {
    buckets.values().removeIf(bucket -> bucket.tokens.isFull(nowNanos));
    Iterator<Bucket> any = buckets.values().iterator();
    for (int surplus = buckets.size() - MAX_CALLERS * 7 / 8;
        surplus > 0 && any.hasNext();
        surplus--) {
      any.next();
      any.remove();
    }
  }
}
