package dev.aegis.gateway.router;

import dev.aegis.gateway.capability.Candidate;
import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.store.CapabilityStore;
import dev.aegis.store.LiveTimes;
import dev.aegis.store.StoreException;
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

  /// So many pages of stranded work are looked through at a time.
  private static final int MOST_PAGES = 16;

  /// So many agents may have had a message.
  private static final int MOST_AGENTS = 8;

  private final RouterContext context;
  private final CapabilityStore store;
  private final Supplier<LiveTimes> times;
  private final HandOver handOver;
  private final PoolLooks pools;
  private final Moves moves;
  private final Leaving leaving;
  private final Semaphore news = new Semaphore(0);
  private final Thread thread;

  private String strandedAfter = "";
  private long strandedAfterSequence;
  private long handedBefore;
  private volatile long parked;
  private volatile boolean closing;

  /// Starts looking.
  MovingOn(
      RouterContext context, HandOver handOver, CapabilityStore store, Supplier<LiveTimes> times) {
    this.context = context;
    this.store = store;
    this.times = times;
    this.handOver = handOver;
    this.pools = new PoolLooks(context, handOver);
    this.moves = new Moves(context, handOver, store);
    this.leaving = new Leaving(context);
    handOver.onWaiting(this::wake);
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
            adopt(moves.finish());
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
    long handed = handOver.handed();
    boolean given = handed != handedBefore; // whoever gets so much may soon have room
    handedBefore = handed;
    Set<String> unowned = new HashSet<>();
    for (String pool : store.pools()) {
      if (!context.journal().mailboxes().owns(pool)) {
        pools.forget(pool);
        unowned.add(pool);
        continue;
      }
      if (context.journal().mailboxes().depth(pool).messages() > 0) {
        given |= pools.look(pool);
        waiting += context.journal().mailboxes().depth(pool).messages();
      } else {
        pools.forget(pool);
      }
    }
    parked = waiting;
    adopt(unowned);
    return given && waiting > 0;
  }

  /// Work whose agents have gone or failed. Where nothing of a page has anywhere to go, the next
  /// one may.
  private void moveOn() {
    Map<String, Integer> planned = new HashMap<>();
    Set<String> unowned = new HashSet<>();
    boolean more = true;
    for (int page = 0; page < MOST_PAGES && more && planned.isEmpty(); page++) {
      List<StrandedMessage> stranded =
          store.stranded(times.get(), strandedAfter, strandedAfterSequence, PAGE);
      more = stranded.size() == PAGE;
      strandedAfter = more ? stranded.getLast().recipient() : "";
      strandedAfterSequence = more ? stranded.getLast().sequence() : 0;
      moveOn(stranded, planned, unowned);
    }
    adopt(unowned);
  }

  private void moveOn(
      List<StrandedMessage> stranded, Map<String, Integer> planned, Set<String> unowned) {
    Map<UUID, Set<String>> had = store.visited(stranded.stream().map(StrandedMessage::id).toList());
    for (StrandedMessage each : stranded) {
      if (!context.journal().mailboxes().owns(each.recipient())) {
        unowned.add(each.recipient());
        continue;
      }
      try {
        moveOn(each, had.getOrDefault(each.id(), Set.of()), planned);
      } catch (StoreException.Unavailable e) {
        throw e;
      } catch (RuntimeException e) { // the others move on all the same
        LOG.error("work {} of {} cannot move on", each.id(), each.recipient(), e);
      }
    }
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
    if (chosen != null && leaving.begin(each, chosen.id())) {
      planned.merge(chosen.id(), 1, Integer::sum);
    }
  }

  private void adopt(Set<String> mailboxes) {
    if (!mailboxes.isEmpty()) {
      context.others().adopt(mailboxes); // those that nobody owns are looked at the next time
    }
  }

  @Override
  public void close() {
    closing = true;
    thread.interrupt();
  }
}
