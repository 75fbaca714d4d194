package dev.aegis.gateway.router;

import dev.aegis.gateway.capability.Candidate;
import dev.aegis.gateway.router.Handing.Place;
import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.store.Accept;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Offer;
import dev.aegis.store.PoolName;
import dev.aegis.store.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives work from a pool to an agent, as soon as it is stored there. Work for which nobody has
/// room stays where it is, for [MovingOn] to try again. Any thread; never blocks.
///
/// An agent gets no more than [#MOST_WAITING] at a time: the rest is given out when it is known who
/// is quick.
final class HandOver {
  static final int MOST_WAITING = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);
  private static final int MOST_CONFLICTS = 1_000;

  private final RouterContext context;
  private final Set<Place> underWay = ConcurrentHashMap.newKeySet();
  private final LongAdder handed = new LongAdder();
  private final ArrayBlockingQueue<Conflict> conflicts = new ArrayBlockingQueue<>(MOST_CONFLICTS);
  private final Waiting waiting = new Waiting();
  private volatile Runnable onWaiting = () -> {};

  /// Work that cannot be put in where it is to go.
  record Conflict(Place from, UUID id, String sender, Priority priority, Guarantee guarantee) {}

  HandOver(RouterContext context) {
    this.context = context;
  }

  /// Work was stored in a pool. Where older work of its address waits for somebody with room, it
  /// waits behind that.
  void stored(Accept work) {
    String pool = work.recipient();
    if (!waiting.contains(pool, work.routedTo())
        && !give(work, new Place(pool, work.mailboxEpoch(), work.sequence()))
        && waiting.add(pool, work.routedTo())) {
      onWaiting.run();
    }
  }

  /// Who is told that work has begun to wait; must not block.
  void onWaiting(Runnable told) {
    onWaiting = told;
  }

  /// For what work waits.
  Waiting waiting() {
    return waiting;
  }

  /// Gives it to somebody who has room.
  ///
  /// @return whether it is on its way
  boolean give(Accept work, Place from) {
    Candidate chosen =
        context
            .capabilities()
            .choose(PoolName.organization(from.mailbox()), address(work), this::hasRoom);
    return chosen != null && begin(work, from, chosen.id());
  }

  boolean hasRoom(Candidate candidate) {
    Mailboxes.Depth there = context.capabilities().waiting(candidate);
    return there.messages() < MOST_WAITING && !context.gate().isFull(there);
  }

  /// Whether somebody has room for such work now.
  boolean anyRoom(String organization, CapabilityAddress wanted) {
    return context.capabilities().choose(organization, wanted, this::hasRoom) != null;
  }

  /// Whether it is on its way.
  boolean isUnderWay(Place from) {
    return underWay.contains(from);
  }

  private boolean begin(Accept work, Place from, String target) {
    Handing handing = handing(from, work, target);
    if (handing == null) {
      return true;
    }
    Progress leaves =
        Progress.of(
            from.mailbox(),
            from.epoch(),
            from.sequence(),
            MessageStatus.MOVED,
            target,
            context.gate().nowMillis(),
            handing);
    if (context.journal().offer(leaves) != Offer.ACCEPTED) {
      ended(handing);
      return false;
    }
    return true;
  }

  /// Goes on with a message that has left its mailbox for the target.
  void complete(Accept message, Place from, String target) {
    Handing handing = handing(from, message, target);
    if (handing != null) {
      handing.arrive();
    }
  }

  /// @return null where it is under way already
  private @Nullable Handing handing(Place from, Accept message, String target) {
    if (!underWay.add(from)) {
      return null;
    }
    context.capabilities().sending(target);
    return new Handing(context, from, message, target, this::ended);
  }

  private void ended(Handing handing) {
    boolean arrived = handing.end() == Handing.End.ARRIVED;
    context.capabilities().sent(handing.target(), arrived);
    switch (handing.end()) {
      case ARRIVED -> {
        if (PoolName.isOne(handing.from().mailbox())) {
          handed.increment();
        } else {
          Accept message = handing.message();
          context
              .counters()
              .count(
                  Transition.MOVED,
                  Priority.fromWire(message.priority()),
                  Guarantee.fromWire(message.guarantee()));
        }
      }
      case CONFLICT -> {
        Accept message = handing.message();
        Conflict conflict =
            new Conflict(
                handing.from(),
                message.id(),
                message.sender(),
                Priority.fromWire(message.priority()),
                Guarantee.fromWire(message.guarantee()));
        if (!conflicts.offer(conflict)) {
          LOG.debug("another conflict is told the next time");
        }
      }
      case NOT_LEFT, LEFT -> {}
    }
    underWay.remove(handing.from());
  }

  /// What could not be put in where it is to go.
  List<Conflict> takeConflicts() {
    List<Conflict> taken = new ArrayList<>();
    conflicts.drainTo(taken);
    return taken;
  }

  /// How many are on their way.
  int underWay() {
    return underWay.size();
  }

  /// How many have arrived.
  long handed() {
    return handed.sum();
  }

  static CapabilityAddress address(Accept work) {
    String routedTo = work.routedTo();
    CapabilityAddress address = routedTo == null ? null : CapabilityAddress.parse(routedTo);
    if (address == null) {
      throw new IllegalStateException("what is in a pool was admitted as work for a capability");
    }
    return address;
  }
}
