package dev.aegis.gateway.admission;

import dev.aegis.protocol.Priority;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The rates and the quota of every agent. Messages of class critical and high pass them by, and
/// have a rate of their own as a ceiling. Any thread. What an agent has used outlives its sessions,
/// so that a reconnect does not give it back; the number of agents and of types without a rate of
/// their own is bounded.
public final class RateLimiter {
  static final int MAX_TYPES = 32;

  private static final String TOO_FAST = "too many messages";
  private static final String TOO_MANY_URGENT = "too many messages of class critical and high";
  private static final String NO_QUOTA = "the quota is used up";
  private static final long NANOS = 1_000_000;

  private final Rates rates;
  private final int maxAgents;
  private final ConcurrentHashMap<String, Allowance> byAgent = new ConcurrentHashMap<>();

  public RateLimiter(Rates rates, int maxAgents) {
    this.rates = rates;
    this.maxAgents = maxAgents;
  }

  /// Counts a message.
  ///
  /// @return null when it passes; one that does not pass has used nothing
  public @Nullable Excess take(String agent, String type, Priority priority, long nowNanos) {
    Allowance allowance = byAgent.get(agent);
    if (allowance == null) {
      if (byAgent.size() >= maxAgents) {
        forgetIdle(nowNanos);
      }
      allowance = byAgent.computeIfAbsent(agent, unseen -> new Allowance(rates, nowNanos));
    }
    return switch (priority) {
      case CRITICAL, HIGH -> excess(TOO_MANY_URGENT, allowance.urgent.take(nowNanos));
      case NORMAL, LOW -> allowance.take(type, nowNanos);
    };
  }

  int agents() {
    return byAgent.size();
  }

  private static @Nullable Excess excess(String reason, long waitNanos) {
    return waitNanos <= 0 ? null : new Excess(reason, Math.ceilDiv(waitNanos, NANOS));
  }

  /// Who has used nothing is as good as forgotten; where everybody has, some of the others go.
  private void forgetIdle(long nowNanos) {
    byAgent.values().removeIf(allowance -> allowance.isUnused(nowNanos));
    Iterator<Allowance> any = byAgent.values().iterator();
    for (int surplus = byAgent.size() - maxAgents * 7 / 8;
        surplus > 0 && any.hasNext();
        surplus--) {
      any.next();
      any.remove();
    }
  }

  private static final class Allowance {
    private final Rates rates;
    private final TokenBucket all;
    private final TokenBucket urgent;
    private final TokenBucket otherTypes;
    private final @Nullable SlidingWindow quota;
    private final ConcurrentHashMap<String, TokenBucket> byType = new ConcurrentHashMap<>();

    Allowance(Rates rates, long nowNanos) {
      this.rates = rates;
      this.all = new TokenBucket(rates.agent(), nowNanos);
      this.urgent = new TokenBucket(rates.urgent(), nowNanos);
      this.otherTypes = new TokenBucket(rates.type(), nowNanos);
      Quota given = rates.quota();
      this.quota = given == null ? null : new SlidingWindow(given, nowNanos);
    }

    /// Looks at all of them before it takes from any.
    @Nullable Excess take(String type, long nowNanos) {
      TokenBucket ofType = ofType(type, nowNanos);
      long rate = Math.max(all.waitNanos(nowNanos), ofType.waitNanos(nowNanos));
      long left = quota == null ? 0 : quota.waitNanos(nowNanos);
      if (rate == 0 && left == 0) {
        left = quota == null ? 0 : quota.take(nowNanos);
        if (left == 0) {
          rate = Math.max(ofType.take(nowNanos), all.take(nowNanos));
        }
      }
      return left > rate ? excess(NO_QUOTA, left) : excess(TOO_FAST, rate);
    }

    boolean isUnused(long nowNanos) {
      return all.isFull(nowNanos)
          && urgent.isFull(nowNanos)
          && (quota == null || quota.isEmpty(nowNanos));
    }

    private TokenBucket ofType(String type, long nowNanos) {
      TokenBucket known = byType.get(type);
      if (known != null) {
        return known;
      }
      Rate own = rates.types().get(type);
      if (own == null && byType.size() >= MAX_TYPES) {
        return otherTypes;
      }
      return byType.computeIfAbsent(
          type, unseen -> new TokenBucket(own == null ? rates.type() : own, nowNanos));
    }
  }
}
