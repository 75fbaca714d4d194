package dev.aegis.store.fabric;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The agents that this node has claimed, and which of them are to be announced again: each at half
/// of the time after which Redis forgets it; all of them, spread over a while, after Redis may have
/// lost them. Thread-safe.
final class Claims {
  private final long againAfterNanos;
  private final long spreadNanos;

  /// In the order of their announcements: the oldest is due first.
  private final LinkedHashMap<String, Announced> claims = new LinkedHashMap<>();

  private @Nullable Sweep sweep;

  /// @param againAfter how long an announcement is good for
  /// @param spread over which all are announced again when they were lost
  Claims(Duration againAfter, Duration spread) {
    this.againAfterNanos = againAfter.toNanos();
    this.spreadNanos = Math.max(1, spread.toNanos());
  }

  /// A claim to be announced.
  record Due(String agentId, long epoch) {}

  private record Announced(long epoch, long atNanos) {}

  /// All that was announced before `beganNanos` is to be said again.
  private record Sweep(long beganNanos, int total, int said) {}

  /// Remembers a claim that is being announced now, unless there is one under a higher epoch.
  synchronized boolean claimed(String agentId, long epoch, long nowNanos) {
    Announced known = claims.get(agentId);
    if (known != null && known.epoch > epoch) {
      return false;
    }
    announced(agentId, new Announced(epoch, nowNanos));
    return true;
  }

  /// Forgets a claim, unless it was made again under a higher epoch.
  synchronized void released(String agentId, long epoch) {
    Announced known = claims.get(agentId);
    if (known != null && known.epoch <= epoch) {
      claims.remove(agentId);
    }
  }

  /// Redis may have lost them all.
  synchronized void lost(long nowNanos) {
    sweep = new Sweep(nowNanos, claims.size(), 0);
  }

  /// What is to be announced by now, `most` at most: it counts as announced.
  synchronized List<Due> due(int most, long nowNanos) {
    List<Due> due = new ArrayList<>();
    List<Announced> found = new ArrayList<>();
    Sweep running = sweep;
    int allowed = running == null ? 0 : allowed(running, nowNanos);
    Iterator<Map.Entry<String, Announced>> oldest = claims.entrySet().iterator();
    while (due.size() < most && oldest.hasNext()) {
      Map.Entry<String, Announced> next = oldest.next();
      Announced claim = next.getValue();
      boolean old = nowNanos - claim.atNanos >= againAfterNanos;
      boolean lost = running != null && claim.atNanos - running.beganNanos <= 0;
      if (!old && !(lost && allowed > 0)) {
        if (!lost) {
          sweep = null; // and so is none of those behind it
        }
        break;
      }
      allowed--;
      due.add(new Due(next.getKey(), claim.epoch));
      found.add(claim);
    }
    for (int i = 0; i < due.size(); i++) {
      announced(due.get(i).agentId, new Announced(found.get(i).epoch, nowNanos));
    }
    if (sweep != null && running != null) {
      sweep = new Sweep(running.beganNanos, running.total, running.said + due.size());
    }
    return due;
  }

  /// It was not said after all: it comes first the next time.
  synchronized void failed(Due due, long nowNanos) {
    Announced known = claims.get(due.agentId);
    if (known != null && known.epoch == due.epoch) {
      claims.putFirst(due.agentId, new Announced(known.epoch, nowNanos - againAfterNanos));
    }
  }

  synchronized int size() {
    return claims.size();
  }

  synchronized List<Due> all() {
    List<Due> all = new ArrayList<>();
    claims.forEach((agentId, claim) -> all.add(new Due(agentId, claim.epoch)));
    return all;
  }

  private int allowed(Sweep running, long nowNanos) {
    double passed = Math.min(1, (double) (nowNanos - running.beganNanos) / spreadNanos);
    return (int) Math.ceil(passed * running.total) - running.said;
  }

  private void announced(String agentId, Announced claim) {
    claims.remove(agentId);
    claims.put(agentId, claim);
  }
}
