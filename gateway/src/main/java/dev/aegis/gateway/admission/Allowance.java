package dev.aegis.gateway.admission;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What one principal may send. Any thread.
final class Allowance {
  static final int MAX_TYPES = 32;

  /// Names of buckets, as other nodes call them. Behind the last one stands a type.
  private static final String ALL = "a";

  private static final String URGENT = "u";
  private static final String OTHER_TYPES = "o";
  private static final String TYPE = "t:";

  private static final String TOO_FAST = "too many messages";
  private static final String TOO_MANY_URGENT = "too many messages of class critical and high";
  private static final String NO_QUOTA = "the quota is used up";
  private static final long NANOS = 1_000_000;

  private final Rates rates;
  private final boolean shared;
  private final MeteredBucket all;
  private final MeteredBucket urgent;
  private final MeteredBucket otherTypes;
  private final @Nullable QuotaAllowance quota;
  private final Map<String, MeteredBucket> byType = new ConcurrentHashMap<>();

  /// Whether it waits to be told to the other nodes.
  final AtomicBoolean due = new AtomicBoolean();

  /// @param shared whether other nodes are to know
  Allowance(Rates rates, boolean shared, long nowNanos) {
    this.rates = rates;
    this.shared = shared;
    Quota given = rates.quota();
    this.quota = given == null ? null : new QuotaAllowance(given, nowNanos);
    int mostAtOnce =
        given == null ? rates.agent().burst() : Math.min(rates.agent().burst(), given.messages());
    this.all = new MeteredBucket(rates.agent(), step(mostAtOnce), nowNanos);
    this.urgent = bucket(rates.urgent(), nowNanos);
    this.otherTypes = bucket(rates.type(), nowNanos);
  }

  private MeteredBucket bucket(Rate rate, long nowNanos) {
    return new MeteredBucket(rate, step(rate.burst()), nowNanos);
  }

  private long step(int burst) {
    return shared ? Math.max(1, burst / MeteredBucket.STEPS) : 0;
  }

  @Nullable Excess takeUrgent(int shares, long nowNanos) {
    return excess(TOO_MANY_URGENT, urgent.take(shares, nowNanos));
  }

  /// Looks at all limits before it takes from any.
  @Nullable Excess take(String type, int shares, long nowNanos) {
    MeteredBucket ofType = ofType(type, nowNanos);
    long rate = Math.max(all.waitNanos(shares, nowNanos), ofType.waitNanos(shares, nowNanos));
    long left = quota == null ? 0 : quota.waitNanos(shares, nowNanos);
    if (rate == 0 && left == 0) {
      left = quota == null ? 0 : quota.take(shares, nowNanos);
      if (left == 0) {
        rate = Math.max(ofType.take(shares, nowNanos), all.take(shares, nowNanos));
      }
    }
    return left > rate ? excess(NO_QUOTA, left) : excess(TOO_FAST, rate);
  }

  private static @Nullable Excess excess(String reason, long waitNanos) {
    return waitNanos <= 0 ? null : new Excess(reason, Math.ceilDiv(waitNanos, NANOS));
  }

  boolean isUnused(long nowNanos) {
    return all.isFull(nowNanos)
        && urgent.isFull(nowNanos)
        && (quota == null || quota.isEmpty(nowNanos));
  }

  private MeteredBucket ofType(String type, long nowNanos) {
    MeteredBucket known = byType.get(type);
    if (known != null) {
      return known;
    }
    Rate own = rates.types().get(type);
    if (own == null && byType.size() >= MAX_TYPES) {
      return otherTypes;
    }
    return byType.computeIfAbsent(type, _ -> bucket(own == null ? rates.type() : own, nowNanos));
  }

  /// Whether the other nodes are to be told.
  boolean isDue(String type) {
    MeteredBucket ofType = byType.getOrDefault(type, otherTypes);
    return all.isDue() || urgent.isDue() || ofType.isDue();
  }

  /// Gives what has grown since it was told.
  void tell(String principal, Consumer<Usage.Taken> into) {
    each((name, bucket) -> {
      Usage.Taken taken = bucket.tell(principal, name);
      if (taken != null) {
        into.accept(taken);
      }
    });
  }

  void untell() {
    each((_, bucket) -> bucket.untell());
  }

  private interface Named {
    void of(String name, MeteredBucket bucket);
  }

  private void each(Named visit) {
    visit.of(ALL, all);
    visit.of(URGENT, urgent);
    visit.of(OTHER_TYPES, otherTypes);
    byType.forEach((type, bucket) -> visit.of(TYPE + type, bucket));
  }

  private @Nullable MeteredBucket named(String name, long nowNanos) {
    return switch (name) {
      case ALL -> all;
      case URGENT -> urgent;
      case OTHER_TYPES -> otherTypes;
      default -> name.startsWith(TYPE) ? ofType(name.substring(TYPE.length()), nowNanos) : null;
    };
  }

  /// Another node has told what it took.
  void charge(long node, Usage.Taken taken, long nowNanos) {
    MeteredBucket bucket = named(taken.bucket(), nowNanos);
    if (bucket != null) {
      long fresh = bucket.charge(node, taken, nowNanos);
      if (bucket == all && quota != null) {
        quota.charge(fresh, nowNanos);
      }
    }
  }

  /// Another node has told what it knows.
  void know(long node, Usage.Known usage, long nowNanos) {
    for (Usage.Level level : usage.levels()) {
      MeteredBucket bucket = named(level.bucket(), nowNanos);
      if (bucket != null) {
        bucket.know(node, level, nowNanos);
      }
    }
    if (quota != null) {
      quota.know(usage.quota(), nowNanos);
    }
  }

  Usage.Known known(String principal, long nowNanos) {
    List<Usage.Level> levels = new ArrayList<>();
    each((name, bucket) -> {
      Usage.Level level = bucket.level(name, nowNanos);
      if (level.total() > 0 || level.behindNanos() > 0) {
        levels.add(level);
      }
    });
    return new Usage.Known(
        principal, levels, quota == null ? List.of() : quota.slots(all.untold(), nowNanos));
  }
}
