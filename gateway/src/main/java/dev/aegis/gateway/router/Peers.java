package dev.aegis.gateway.router;

import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The connected agents as the router sees them; the newest login counts. Any thread.
final class Peers {
  private final ConcurrentHashMap<String, Peer> byAgent = new ConcurrentHashMap<>();

  void add(Peer peer) {
    byAgent.merge(
        peer.agentId(),
        peer,
        (old, fresh) -> fresh.session().epoch() > old.session().epoch() ? fresh : old);
  }

  void remove(Peer peer) {
    byAgent.remove(peer.agentId(), peer);
  }

  @Nullable Peer find(String agent) {
    return byAgent.get(agent);
  }

  /// A live view.
  Collection<Peer> all() {
    return byAgent.values();
  }
}
