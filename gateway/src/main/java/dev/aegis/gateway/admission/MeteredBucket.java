package dev.aegis.gateway.admission;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A token bucket of one principal and, in a cluster, how much of it this node has taken and what
/// the others have told of what they took. Any thread.
final class MeteredBucket {
  /// What may be taken without telling anybody, as a part of the burst.
  static final int STEPS = 16;

  private final TokenBucket bucket;
  private final @Nullable Shared shared;

  private static final class Shared {
    final AtomicLong taken = new AtomicLong();
    final long step;
    volatile long told;

    /// What each node has told. Guarded by itself, as what others knew is.
    final Map<Long, Long> totals = new HashMap<>();

    long knownBehindNanos;

    /// How many tokens the others have told.
    long heard;

    Shared(long step) {
      this.step = step;
    }
  }

  /// @param step how many tokens are told at once; 0 for a gateway alone
  MeteredBucket(Rate rate, long step, long nowNanos) {
    this.bucket = new TokenBucket(rate, nowNanos);
    this.shared = step == 0 ? null : new Shared(step);
  }

  /// As [TokenBucket#take].
  long take(int shares, long nowNanos) {
    long wait = bucket.take(shares, nowNanos);
    Shared counted = shared;
    if (wait == 0 && counted != null) {
      counted.taken.incrementAndGet();
    }
    return wait;
  }

  long waitNanos(int shares, long nowNanos) {
    return bucket.waitNanos(shares, nowNanos);
  }

  boolean isFull(long nowNanos) {
    return bucket.isFull(nowNanos);
  }

  /// Whether enough was taken to tell the other nodes.
  boolean isDue() {
    Shared counted = shared;
    return counted != null && counted.taken.get() - counted.told >= counted.step;
  }

  /// What was taken in all, where it has grown since it was told; else null. With it, it counts as
  /// told.
  Usage.@Nullable Taken tell(String principal, String name) {
    Shared counted = shared;
    if (counted == null) {
      return null;
    }
    long total = counted.taken.get();
    long before = counted.told;
    counted.told = total;
    return total == before ? null : new Usage.Taken(principal, name, total, before);
  }

  /// Nobody has heard it.
  void untell() {
    Shared counted = shared;
    if (counted != null) {
      counted.told = 0;
    }
  }

  /// Another node has told what it took. What it took before it was heard for the first time is for
  /// [#know].
  ///
  /// @return how many tokens were new
  long charge(long node, Usage.Taken taken, long nowNanos) {
    Shared counted = shared;
    if (counted == null) {
      return 0;
    }
    long fresh;
    synchronized (counted.totals) {
      long total = taken.total();
      Long heard = counted.totals.put(node, total);
      long before = heard == null ? taken.before() : heard;
      fresh = total >= before ? total - before : total; // it has forgotten the principal
      counted.heard += fresh;
    }
    bucket.charge(fresh, nowNanos);
    return fresh;
  }

  /// Another node has told what it knows: what this one has heard itself is part of that. Of
  /// several, who knows of most counts.
  void know(long node, Usage.Level level, long nowNanos) {
    Shared counted = shared;
    if (counted == null) {
      return;
    }
    synchronized (counted.totals) {
      counted.totals.merge(node, level.total(), Math::max);
      long news = level.behindNanos() - bucket.nanosOf(counted.heard);
      if (news > counted.knownBehindNanos) {
        bucket.delay(news - counted.knownBehindNanos, nowNanos);
        counted.knownBehindNanos = news;
      }
    }
  }

  /// What all nodes know or are about to hear: without what was taken here and not told yet.
  Usage.Level level(String name, long nowNanos) {
    Shared counted = shared;
    return new Usage.Level(
        name, counted == null ? 0 : counted.told, bucket.behindNanos(untold(), nowNanos));
  }

  /// How much was taken here and not told.
  long untold() {
    Shared counted = shared;
    return counted == null ? 0 : Math.max(0, counted.taken.get() - counted.told);
  }
}
