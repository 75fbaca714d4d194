package dev.aegis.gateway.admission;

import dev.aegis.protocol.Priority;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;

/// Token buckets per agent and per type of message. Any thread. An agent's buckets outlive its
/// sessions, so that a reconnect does not fill them; the number of agents and of types without a
/// rate of their own is bounded.
public final class RateLimiter {
  static final int MAX_TYPES = 32;

  private final Rates rates;
  private final int maxAgents;
  private final ConcurrentHashMap<String, Buckets> byAgent = new ConcurrentHashMap<>();

  public RateLimiter(Rates rates, int maxAgents) {
    this.rates = rates;
    this.maxAgents = maxAgents;
  }

  /// Milliseconds to wait before the agent may send this, 0 when it may now.
  public long take(String agent, String type, Priority priority, long nowNanos) {
    Buckets buckets = byAgent.get(agent);
    if (buckets == null) {
      if (byAgent.size() >= maxAgents) {
        forgetIdle(nowNanos);
      }
      buckets = byAgent.computeIfAbsent(agent, unseen -> new Buckets(rates, nowNanos));
    }
    long waitNanos = buckets.take(type, priority, nowNanos);
    return waitNanos == 0 ? 0 : Math.max(1, waitNanos / 1_000_000);
  }

  int agents() {
    return byAgent.size();
  }

  /// A full bucket says nothing; where none is full, some of the others go.
  private void forgetIdle(long nowNanos) {
    byAgent.values().removeIf(buckets -> buckets.all.isFull(nowNanos));
    Iterator<Buckets> any = byAgent.values().iterator();
    for (int surplus = byAgent.size() - maxAgents * 7 / 8;
        surplus > 0 && any.hasNext();
        surplus--) {
      any.next();
      any.remove();
    }
  }

  private static final class Buckets {
    private final Rates rates;
    private final TokenBucket all;
    private final TokenBucket urgent;
    private final TokenBucket otherTypes;
    private final ConcurrentHashMap<String, TokenBucket> byType = new ConcurrentHashMap<>();

    Buckets(Rates rates, long nowNanos) {
      this.rates = rates;
      this.all = new TokenBucket(rates.agent(), nowNanos);
      this.urgent = new TokenBucket(rates.urgent(), nowNanos);
      this.otherTypes = new TokenBucket(rates.type(), nowNanos);
    }

    long take(String type, Priority priority, long nowNanos) {
      long wait =
          switch (priority) {
            case CRITICAL, HIGH -> urgent.take(nowNanos);
            case NORMAL, LOW -> ofType(type, nowNanos).take(nowNanos);
          };
      return wait > 0 ? wait : all.take(nowNanos);
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
