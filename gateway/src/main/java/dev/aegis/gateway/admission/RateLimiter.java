package dev.aegis.gateway.admission;

import dev.aegis.protocol.Priority;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The rates and the quota of every principal: of agents, and of API keys. Messages of class
/// critical and high pass them by, and have a rate of their own as a ceiling. Any thread. What a
/// principal has used outlives its sessions, so that a reconnect does not give it back; the number
/// of principals and of types without a rate of their own is bounded.
///
/// In a cluster nodes tell each other what was used, by [SharedUsage]; each decides alone.
public final class RateLimiter {
  static final int MAX_TYPES = Allowance.MAX_TYPES;

  private final Rates rates;
  private final int maxPrincipals;
  private final @Nullable SharedUsage shared;
  private final ConcurrentHashMap<String, Allowance> allowances = new ConcurrentHashMap<>();

  /// Who sends.
  public enum Sender {
    /// An agent's session, which is at one node of a cluster.
    SESSION,
    /// An API key, which comes to all nodes.
    ANYWHERE
  }

  /// Of a gateway alone.
  public RateLimiter(Rates rates, int maxPrincipals) {
    this(rates, maxPrincipals, null);
  }

  /// Of a node of a cluster, where `shared` is not null.
  RateLimiter(Rates rates, int maxPrincipals, @Nullable SharedUsage shared) {
    this.rates = rates;
    this.maxPrincipals = maxPrincipals;
    this.shared = shared;
  }

  /// Counts a message.
  ///
  /// @return null when it passes; one that does not pass has used nothing
  public @Nullable Excess take(
      String principal, Sender sender, String type, Priority priority, long nowNanos) {
    Allowance allowance = allowance(principal, nowNanos);
    SharedUsage usage = shared;
    int shares = usage == null || sender == Sender.SESSION ? 1 : usage.shares();
    Excess excess =
        switch (priority) {
          case CRITICAL, HIGH -> allowance.takeUrgent(shares, nowNanos);
          case NORMAL, LOW -> allowance.take(type, shares, nowNanos);
        };
    if (usage != null && excess == null && allowance.isDue(type)) {
      usage.due(principal, allowance);
    }
    return excess;
  }

  private Allowance allowance(String principal, long nowNanos) {
    Allowance known = allowances.get(principal);
    if (known != null) {
      return known;
    }
    SharedUsage usage = shared;
    if (usage != null) {
      usage.met(principal);
    }
    return make(principal, nowNanos);
  }

  /// That of a principal, made where there is none.
  Allowance make(String principal, long nowNanos) {
    if (allowances.size() >= maxPrincipals) {
      forgetIdle(nowNanos);
    }
    return allowances.computeIfAbsent(
        principal, _ -> new Allowance(rates, shared != null, nowNanos));
  }

  /// That of a principal, or null.
  @Nullable Allowance find(String principal) {
    return allowances.get(principal);
  }

  int principals() {
    return allowances.size();
  }

  /// Who has used nothing is as good as forgotten; where everybody has, some of the others go.
  private void forgetIdle(long nowNanos) {
    allowances.values().removeIf(allowance -> allowance.isUnused(nowNanos));
    Iterator<Allowance> any = allowances.values().iterator();
    for (int surplus = allowances.size() - maxPrincipals * 7 / 8;
        surplus > 0 && any.hasNext();
        surplus--) {
      any.next();
      any.remove();
    }
  }
}
