package dev.aegis.gateway.net;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/// How often each address failed a handshake lately. Bounded: of too many addresses the one least
/// recently seen is forgotten. Thread-safe.
final class FailureRates {
  private static final int MAX_ADDRESSES = 10_000;
  private static final int BURST = 50;
  private static final long REFILL_NANOS = 1_000_000_000L;

  private final Map<InetAddress, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Bucket> eldest) {
          return size() > MAX_ADDRESSES;
        }
      };

  private static final class Bucket {
    int failures;
    long sinceNanos;
  }

  synchronized void failed(InetAddress address, long nowNanos) {
    Bucket bucket = buckets.computeIfAbsent(address, _ -> new Bucket());
    leak(bucket, nowNanos);
    bucket.failures = Math.min(bucket.failures + 1, 2 * BURST);
  }

  /// True when the address has to wait: it failed fifty times more than once a second.
  synchronized boolean isBlocked(InetAddress address, long nowNanos) {
    Bucket bucket = buckets.get(address);
    if (bucket == null) {
      return false;
    }
    leak(bucket, nowNanos);
    return bucket.failures >= BURST;
  }

  private static void leak(Bucket bucket, long nowNanos) {
    if (bucket.failures == 0) {
      bucket.sinceNanos = nowNanos;
      return;
    }
    long seconds = (nowNanos - bucket.sinceNanos) / REFILL_NANOS;
    if (seconds > 0) {
      bucket.failures = (int) Math.max(0, bucket.failures - seconds);
      bucket.sinceNanos += seconds * REFILL_NANOS;
    }
  }
}
