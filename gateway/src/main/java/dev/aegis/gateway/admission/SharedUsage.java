package dev.aegis.gateway.admission;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// What nodes of a cluster tell each other of used rates and quotas, so that a limit is one for all
/// of them. Each node takes from a bucket of its own without asking anybody, tells what it took
/// once that is a 16th of the burst, and takes from its bucket what the others tell. Knows no
/// fabric. Any thread.
public final class SharedUsage {
  /// Principals met that the others are asked about; beyond it nobody is asked.
  static final int MOST_MET = 1 << 16;

  private final RateLimiter limiter;
  private final Queue<Due> due = new ConcurrentLinkedQueue<>(); // each allowance once
  private final Queue<String> met = new ConcurrentLinkedQueue<>();
  private final AtomicInteger metCount = new AtomicInteger();
  private volatile int shares = 1;

  private record Due(String principal, Allowance allowance) {}

  @SuppressWarnings("this-escape") // only kept
  public SharedUsage(Rates rates, int maxPrincipals) {
    this.limiter = new RateLimiter(rates, maxPrincipals, this);
  }

  /// What decides here.
  public RateLimiter limiter() {
    return limiter;
  }

  /// The other nodes cannot be heard: whoever comes to all of them gets that part of its limits at
  /// each. 1 where they can.
  public void divide(int nodes) {
    shares = Math.max(1, nodes);
  }

  int shares() {
    return shares;
  }

  void due(String principal, Allowance allowance) {
    if (allowance.due.compareAndSet(false, true)) {
      due.add(new Due(principal, allowance));
    }
  }

  void met(String principal) {
    if (metCount.incrementAndGet() > MOST_MET) {
      metCount.decrementAndGet();
    } else {
      met.add(principal);
    }
  }

  /// What the other nodes are to be told now. With it, it counts as told.
  ///
  /// @param most about how many
  public List<Usage.Taken> news(int most) {
    List<Usage.Taken> news = new ArrayList<>();
    while (news.size() < most) {
      Due next = due.poll();
      if (next == null) {
        break;
      }
      next.allowance.due.set(false);
      next.allowance.tell(next.principal, news::add);
    }
    return news;
  }

  /// It was not told after all.
  public void untold(Collection<Usage.Taken> news) {
    for (Usage.Taken each : news) {
      Allowance allowance = limiter.find(each.principal());
      if (allowance != null) {
        allowance.untell();
        due(each.principal(), allowance);
      }
    }
  }

  /// The principals that this node has met for the first time: others may know more of them.
  public List<String> met(int most) {
    List<String> names = new ArrayList<>();
    while (names.size() < most) {
      String next = met.poll();
      if (next == null) {
        break;
      }
      metCount.decrementAndGet();
      names.add(next);
    }
    return names;
  }

  /// What is known here of those, as far as there is anything to know.
  public List<Usage.Known> known(Collection<String> principals, long nowNanos) {
    List<Usage.Known> known = new ArrayList<>();
    for (String principal : principals) {
      Allowance allowance = limiter.find(principal);
      if (allowance != null && !allowance.isUnused(nowNanos)) {
        known.add(allowance.known(principal, nowNanos));
      }
    }
    return known;
  }

  /// Another node has told what it took.
  public void took(long node, Collection<Usage.Taken> news, long nowNanos) {
    for (Usage.Taken each : news) {
      String principal = each.principal();
      if (each.before() > 0 && limiter.find(principal) == null) {
        met(principal); // this node has started since
      }
      limiter.make(principal, nowNanos).charge(node, each, nowNanos);
    }
  }

  /// Another node has told what it knows.
  public void knows(long node, Collection<Usage.Known> usage, long nowNanos) {
    for (Usage.Known each : usage) {
      limiter.make(each.principal(), nowNanos).know(node, each, nowNanos);
    }
  }
}
