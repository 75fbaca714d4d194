package dev.aegis.gateway.router;

import dev.aegis.gateway.capability.Candidate;
import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.gateway.router.Handing.Place;
import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.store.Accept;
import dev.aegis.store.CapabilityStore;
import dev.aegis.store.LiveTimes;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Move;
import dev.aegis.store.PageCursor;
import dev.aegis.store.Progress;
import dev.aegis.store.StoreException;
import dev.aegis.store.StoredMessage;
import dev.aegis.store.StrandedMessage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks after work for which nobody has been found, whose agent has gone, or which was on its way
/// when a gateway ended. Each node does so for the mailboxes that it owns, and adopts those that
/// nobody does. A thread of its own.
///
/// Work moves on only where there is somebody to take it who has not had it before: otherwise it
/// stays with the agent that it was given to, and is there when that comes back.
public final class MovingOn implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MovingOn.class);
  private static final long EVERY_MILLIS = 1_000;

  /// How soon pools are looked at again while some of what is in them finds somebody.
  private static final long BUSY_MILLIS = 50;

  private static final int PAGE = 256;

  /// Most messages of a pool that are looked at in one go.
  private static final int MOST_AT_ONCE = 4_096;

  /// Handing out over the quick way takes less; what takes longer was interrupted.
  private static final long INTERRUPTED_MILLIS = 3_000;

  /// So many agents may have had a message.
  private static final int MOST_AGENTS = 8;

  private final RouterContext context;
  private final CapabilityStore store;
  private final Supplier<LiveTimes> times;
  private final HandOver handOver;
  private final Semaphore news = new Semaphore(0);
  private final Thread thread;

  /// Where to go on in pools that are larger than one look.
  private final Map<String, PageCursor> positions = new HashMap<>();

  private Move.@Nullable Cursor movesAfter;
  private String strandedAfter = "";
  private long strandedAfterSequence;
  private volatile long parked;
  private volatile boolean closing;

  /// Starts looking.
  MovingOn(
      RouterContext context, HandOver handOver, CapabilityStore store, Supplier<LiveTimes> times) {
    this.context = context;
    this.store = store;
    this.times = times;
    this.handOver = handOver;
    this.thread = Thread.ofVirtual().name("aegis-moving-on").start(this::run);
  }

  /// Who is able has changed. Any thread.
  public void wake() {
    if (news.availablePermits() == 0) {
      news.release();
    }
  }

  /// How many messages wait in the pools of this node.
  public long parked() {
    return parked;
  }

  private void run() {
    long all = System.nanoTime();
    boolean busy = false;
    try {
      while (!closing) {
        news.tryAcquire(busy ? BUSY_MILLIS : EVERY_MILLIS, TimeUnit.MILLISECONDS);
        news.drainPermits();
        try {
          boolean due = System.nanoTime() - all >= TimeUnit.MILLISECONDS.toNanos(EVERY_MILLIS);
          if (due) {
            all = System.nanoTime();
            finishMoves();
            moveOn();
          }
          busy = handOut();
        } catch (StoreException e) {
          LOG.debug("work is not moved on: {}", e.getMessage());
        } catch (RuntimeException e) { // or nothing would ever move again
          LOG.error("moving work on failed", e);
        }
      }
    } catch (InterruptedException e) {
      LOG.trace("stopped", e);
    }
  }

  /// Gives out what lies in pools.
  ///
  /// @return whether it is worth another look soon
  private boolean handOut() {
    long waiting = 0;
    boolean given = false;
    Set<String> unowned = new HashSet<>();
    for (String pool : store.pools()) {
      if (!context.journal().mailboxes().owns(pool)) {
        unowned.add(pool);
        continue;
      }
      if (context.journal().mailboxes().depth(pool).messages() > 0) {
        given |= handOut(pool);
        waiting += context.journal().mailboxes().depth(pool).messages();
      }
    }
    parked = waiting;
    adopt(unowned);
    return given && waiting > 0;
  }

  private boolean handOut(String pool) {
    PageCursor from = positions.getOrDefault(pool, PageCursor.START);
    boolean given = false;
    for (int seen = 0; seen < MOST_AT_ONCE; seen += PAGE) {
      List<StoredMessage> page = context.messages().pending(pool, from, PAGE);
      for (StoredMessage message : page) {
        given |= handOver.give(again(message), place(message));
      }
      if (page.size() < PAGE) {
        positions.remove(pool);
        return given;
      }
      from = PageCursor.after(page.getLast());
    }
    positions.put(pool, from); // the rest of it is looked at the next time
    return given;
  }

  /// Moves that ended in between: because a gateway did, or since a journal took no more.
  private void finishMoves() {
    store.settle();
    long before = context.gate().nowMillis() - INTERRUPTED_MILLIS;
    List<Move> moves = store.moving(before, movesAfter, PAGE);
    movesAfter = moves.size() < PAGE ? null : moves.getLast().cursor();
    Set<String> unowned = new HashSet<>();
    for (Move move : moves) {
      StoredMessage message = move.message();
      if (context.journal().mailboxes().owns(message.recipient())) {
        handOver.complete(again(message), place(message), move.to());
      } else {
        unowned.add(message.recipient());
      }
    }
    adopt(unowned);
    handOver
        .takeConflicts()
        .forEach(from -> {
          LOG.warn("a dead letter, since its next agent has another message of its id: {}", from);
          store.abandon(from.mailbox(), from.epoch(), from.sequence());
        });
  }

  /// Work whose agents have gone or failed.
  private void moveOn() {
    List<StrandedMessage> stranded =
        store.stranded(times.get(), strandedAfter, strandedAfterSequence, PAGE);
    if (stranded.size() < PAGE) {
      strandedAfter = "";
      strandedAfterSequence = 0;
    } else {
      strandedAfter = stranded.getLast().recipient();
      strandedAfterSequence = stranded.getLast().sequence();
    }
    Map<UUID, Set<String>> had = store.visited(stranded.stream().map(StrandedMessage::id).toList());
    Map<String, Integer> planned = new HashMap<>();
    Set<String> unowned = new HashSet<>();
    for (StrandedMessage each : stranded) {
      if (context.journal().mailboxes().owns(each.recipient())) {
        moveOn(each, had.getOrDefault(each.id(), Set.of()), planned);
      } else {
        unowned.add(each.recipient());
      }
    }
    adopt(unowned);
  }

  private void moveOn(StrandedMessage each, Set<String> had, Map<String, Integer> planned) {
    CapabilityAddress wanted = CapabilityAddress.parse(each.routedTo());
    if (wanted == null || had.size() > MOST_AGENTS) { // a pool is one of them
      return;
    }
    Candidate chosen =
        context
            .capabilities()
            .chooseAnother(
                each.organization(),
                wanted,
                had,
                candidate ->
                    !candidate.id().equals(each.recipient())
                        && planned.getOrDefault(candidate.id(), 0) < PAGE
                        && handOver.hasRoom(candidate));
    if (chosen == null) {
      return;
    }
    List<StoredMessage> open =
        context.messages().load(each.recipient(), each.mailboxEpoch(), List.of(each.sequence()));
    if (open.isEmpty()) {
      return; // finished meanwhile
    }
    planned.merge(chosen.id(), 1, Integer::sum);
    Peer connected = context.peers().find(each.recipient());
    if (connected == null) {
      context
          .journal()
          .offer(
              Progress.of(
                  each.recipient(),
                  each.mailboxEpoch(),
                  each.sequence(),
                  MessageStatus.MOVED,
                  chosen.id(),
                  context.gate().nowMillis(),
                  null));
      return; // its row says the rest, and where it was not taken, nothing has happened
    }
    OwedMessage owed = new OwedRows(context, each.recipient()).owed(open).getFirst();
    connected.onLoop(() -> connected.owed().moveOn(owed, chosen.id()));
  }

  private void adopt(Set<String> mailboxes) {
    if (!mailboxes.isEmpty()) {
      context.others().adopt(mailboxes); // those that nobody owns are looked at the next time
    }
  }

  private static Place place(StoredMessage message) {
    return new Place(message.recipient(), message.mailboxEpoch(), message.sequence());
  }

  /// What is to be stored anew.
  private Accept again(StoredMessage message) {
    byte[] envelope = message.envelope();
    RoutingHeader header = OwedRows.header(envelope);
    Accept.Builder accept =
        Accept.of(message.id(), message.sender(), message.recipient(), envelope)
            .routing(message.kind(), message.priority(), message.guarantee())
            .type(message.type())
            .channel(message.channel())
            .conversation(message.conversation())
            .correlation(message.correlation())
            .times(message.acceptedAtMillis(), message.expiresAtMillis())
            .routedTo(header.to());
    UUID window = message.windowId();
    if (window != null) {
      accept.window(window, message.leafIndex());
    } else {
      accept.digest(Unsigned.digest(envelope));
    }
    return accept.build();
  }

  @Override
  public void close() {
    closing = true;
    thread.interrupt();
  }
}
