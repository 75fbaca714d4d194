package dev.aegis.gateway.router;

import dev.aegis.gateway.delivery.Departures;
import io.netty.util.concurrent.EventExecutor;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The connected agents as the router sees them; the newest login counts. Any thread.
final class Peers {
  private final ConcurrentHashMap<String, Peer> byAgent = new ConcurrentHashMap<>();

  /// Those of each loop, one that a newer login has taken the place of included.
  private final ConcurrentHashMap<EventExecutor, Set<Peer>> byLoop = new ConcurrentHashMap<>();

  private final Departures departures = new Departures();

  void add(Peer peer) {
    byAgent.merge(
        peer.agentId(),
        peer,
        (old, fresh) -> fresh.session().epoch() > old.session().epoch() ? fresh : old);
    byLoop.computeIfAbsent(peer.session().loop(), _ -> ConcurrentHashMap.newKeySet()).add(peer);
  }

  void remove(Peer peer) {
    byAgent.remove(peer.agentId(), peer);
    Set<Peer> neighbours = byLoop.get(peer.session().loop());
    if (neighbours != null) {
      neighbours.remove(peer);
    }
  }

  @Nullable Peer find(String agent) {
    return byAgent.get(agent);
  }

  /// What is about to leave the mailboxes of agents.
  Departures departures() {
    return departures;
  }

  /// It is decided whether a message leaves.
  void departed(String agent, long epoch, long sequence) {
    departures.end(agent, epoch, sequence);
    Peer peer = find(agent);
    if (peer != null) {
      peer.onLoop(() -> peer.owed().departed(epoch, sequence));
    }
  }

  /// Whether it is its agent's newest login.
  boolean isNewest(Peer peer) {
    return byAgent.get(peer.agentId()) == peer;
  }

  /// The loops that have, or had, agents. A live view.
  Set<EventExecutor> loops() {
    return byLoop.keySet();
  }

  /// Those of a loop, also where a newer login counts. A live view.
  Collection<Peer> on(EventExecutor loop) {
    return byLoop.getOrDefault(loop, Set.of());
  }

  int size() {
    return byAgent.size();
  }
}
