package dev.aegis.gateway.router;

import dev.aegis.gateway.router.Handing.Place;
import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.store.PageCursor;
import dev.aegis.store.PoolName;
import dev.aegis.store.StoreException;
import dev.aegis.store.StoredMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives out what lies in pools, the oldest of each class first. Envelopes are read only of what
/// somebody has room for, a few at a time. Confined to one thread; blocks.
final class PoolLooks {
  private static final Logger LOG = LoggerFactory.getLogger(PoolLooks.class);
  private static final int PAGE = 256;

  /// Most messages of a pool that are looked at in one go.
  private static final int MOST_AT_ONCE = 4_096;

  /// So many envelopes are in memory at a time, before they are the journal's.
  private static final int ENVELOPES = 16;

  private final RouterContext context;
  private final HandOver handOver;

  /// Looks that have not come to the end of their pools.
  private final Map<String, Look> looks = new HashMap<>();

  PoolLooks(RouterContext context, HandOver handOver) {
    this.context = context;
    this.handOver = handOver;
  }

  /// A look through a pool, from its beginning to its end.
  private static final class Look {
    PageCursor from = PageCursor.START;

    /// For what work was found that has to go on waiting.
    final Set<String> waits = new HashSet<>();
  }

  /// Forgets a pool that is another node's.
  void forget(String pool) {
    looks.remove(pool);
    handOver.waiting().forget(pool);
  }

  /// Goes on with a pool.
  ///
  /// @return whether somebody was given something
  boolean look(String pool) {
    Look look = looks.computeIfAbsent(pool, _ -> new Look());
    Set<String> noRoom = new HashSet<>(); // now; another look may find some
    boolean given = false;
    for (int seen = 0; seen < MOST_AT_ONCE; seen += PAGE) {
      List<StoredMessage> page = context.messages().heads(pool, look.from, PAGE);
      given |= give(pool, page, look, noRoom);
      if (page.size() < PAGE) {
        handOver.waiting().only(pool, look.waits);
        looks.remove(pool);
        return given;
      }
      look.from = PageCursor.after(page.getLast());
    }
    return given; // the rest of it is looked at the next time
  }

  private boolean give(String pool, List<StoredMessage> page, Look look, Set<String> noRoom) {
    String organization = PoolName.organization(pool);
    boolean given = false;
    List<StoredMessage> some = new ArrayList<>();
    for (StoredMessage head : page) {
      if (handOver.isUnderWay(place(head))) {
        continue;
      }
      String address = String.valueOf(head.routedTo());
      if (!noRoom.contains(address) && !anyRoom(organization, address)) {
        noRoom.add(address);
      }
      if (noRoom.contains(address)) {
        waits(pool, address, look);
        continue;
      }
      some.add(head);
      if (some.size() == ENVELOPES) {
        given |= give(pool, some, look);
        some.clear();
      }
    }
    boolean last = give(pool, some, look);
    return given || last;
  }

  private boolean anyRoom(String organization, String address) {
    CapabilityAddress wanted = CapabilityAddress.parse(address);
    return wanted != null && handOver.anyRoom(organization, wanted);
  }

  private void waits(String pool, String address, Look look) {
    look.waits.add(address);
    handOver.waiting().add(pool, address);
  }

  private boolean give(String pool, List<StoredMessage> heads, Look look) {
    boolean given = false;
    Map<Long, List<Long>> byEpoch = new HashMap<>();
    heads.forEach(head ->
        byEpoch.computeIfAbsent(head.mailboxEpoch(), _ -> new ArrayList<>()).add(head.sequence()));
    for (Map.Entry<Long, List<Long>> epoch : byEpoch.entrySet()) {
      for (StoredMessage message : load(pool, epoch.getKey(), epoch.getValue())) {
        if (message.erased()) {
          continue; // nobody can do what nobody can read
        }
        if (give(message)) {
          given = true;
        } else {
          waits(pool, String.valueOf(message.routedTo()), look);
        }
      }
    }
    return given;
  }

  /// Without those that cannot be read: they are left alone, and hold nothing up.
  private List<StoredMessage> load(String pool, long epoch, List<Long> sequences) {
    try {
      return context.messages().load(pool, epoch, sequences);
    } catch (StoreException.Rejected e) {
      if (sequences.size() == 1) {
        LOG.error("work {} of {} cannot be read", sequences.getFirst(), pool, e);
        return List.of();
      }
      List<StoredMessage> readable = new ArrayList<>();
      for (long sequence : sequences) {
        readable.addAll(load(pool, epoch, List.of(sequence)));
      }
      return readable;
    }
  }

  private boolean give(StoredMessage message) {
    try {
      return handOver.give(StoredWork.again(message), place(message));
    } catch (RuntimeException e) { // the others are given all the same
      LOG.error("work {} of {} cannot be given out", message.id(), message.recipient(), e);
      return false;
    }
  }

  private static Place place(StoredMessage message) {
    return StoredWork.place(message);
  }
}
