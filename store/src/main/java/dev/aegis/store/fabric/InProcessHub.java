package dev.aegis.store.fabric;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Where the nodes of one JVM meet: what Redis is to nodes of several. Thread-safe.
public final class InProcessHub {
  private final Map<Long, InProcessInbox> inboxes = new ConcurrentHashMap<>();
  private final Map<String, Holder> holders = new ConcurrentHashMap<>();

  void join(long node, InProcessInbox inbox) {
    if (inboxes.putIfAbsent(node, inbox) != null) {
      throw new IllegalArgumentException("node " + node + " is there already");
    }
  }

  void drop(long node) {
    InProcessInbox inbox = inboxes.remove(node);
    if (inbox != null) {
      inbox.drop();
    }
  }

  @Nullable InProcessInbox inbox(long node) {
    return inboxes.get(node);
  }

  Iterable<InProcessInbox> inboxes() {
    return inboxes.values();
  }

  Claim claim(String agentId, Holder holder) {
    Claim[] result = new Claim[1];
    holders.compute(
        agentId,
        (_, known) -> {
          if (known != null && !mayFollow(known, holder)) {
            result[0] = new Claim.Fenced(known);
            return known;
          }
          result[0] = new Claim.Held(Optional.ofNullable(known));
          return holder;
        });
    return result[0];
  }

  private static boolean mayFollow(Holder known, Holder next) {
    return next.epoch() > known.epoch() || next.equals(known);
  }

  void release(String agentId, Holder holder) {
    holders.remove(agentId, holder);
  }

  void releaseAll(long node) {
    holders.values().removeIf(holder -> holder.node() == node);
  }

  Optional<Holder> find(String agentId) {
    return Optional.ofNullable(holders.get(agentId));
  }

  long claims(long node) {
    return holders.values().stream().filter(holder -> holder.node() == node).count();
  }
}
