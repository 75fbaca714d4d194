package dev.aegis.bench.chaos;

import dev.aegis.client.AegisClient;
import dev.aegis.client.RefusedException;
import dev.aegis.client.Sent;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Uuid7;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One agent that sends. An exactly-once message is in its ledger before it is sent, and sent again
/// under its id, by this process or the next one, until its outcome is known. A promise is in the
/// ledger once its receipt is here. `run` belongs to one thread.
///
/// At most [#WINDOW] messages are under way; while they are, no more are made.
final class SendingAgent {
  static final int WINDOW = 128;

  private static final Logger LOG = LoggerFactory.getLogger(SendingAgent.class);
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final int agent;
  private final AegisClient client;
  private final LedgerWriter ledger;
  private final List<String> recipients;
  private final double perSecond;
  private final Uuid7 ids;
  private final RandomGenerator random;
  private final CompletableFuture<Void> failure;
  private final Semaphore window = new Semaphore(WINDOW);
  private final Queue<Again> again = new ConcurrentLinkedQueue<>();
  private volatile boolean draining;

  private record Again(Parcel parcel, long atNanos) {}

  /// @param open what earlier processes meant to send and do not know the outcome of
  /// @param failure completed exceptionally when this agent cannot go on
  SendingAgent(
      int agent,
      AegisClient client,
      LedgerWriter ledger,
      List<Parcel> open,
      List<String> recipients,
      double perSecond,
      Uuid7 ids,
      RandomGenerator random,
      CompletableFuture<Void> failure) {
    this.agent = agent;
    this.client = client;
    this.ledger = ledger;
    this.recipients = List.copyOf(recipients);
    this.perSecond = perSecond;
    this.ids = ids;
    this.random = random;
    this.failure = failure;
    long now = System.nanoTime();
    open.forEach(parcel -> again.add(new Again(parcel, now)));
  }

  /// Makes no more messages; `run` returns when the outcome of all is known.
  void drain() {
    draining = true;
  }

  void run() {
    double due = 0;
    long last = System.nanoTime();
    while (!failure.isDone()) {
      long now = System.nanoTime();
      sendAgain(now);
      if (draining) {
        // In this order: what is to be sent again is put there before its permit is given back.
        if (window.availablePermits() == WINDOW && again.isEmpty()) {
          return;
        }
      } else {
        due = Math.min(WINDOW, due + perSecond * (now - last) / 1e9); // a lapse is not made up for
        int count = Math.min((int) due, window.availablePermits());
        due -= count;
        sendNew(count);
      }
      last = now;
      LockSupport.parkNanos(TICK_NANOS);
    }
  }

  private void sendAgain(long nowNanos) {
    for (Again next = again.peek();
        next != null && next.atNanos - nowNanos <= 0 && window.tryAcquire();
        next = again.peek()) {
      again.remove();
      send(next.parcel);
    }
  }

  private void sendNew(int count) {
    List<Parcel> parcels = new ArrayList<>();
    List<CompletableFuture<Void>> intended = new ArrayList<>();
    for (int i = 0; i < count && window.tryAcquire(); i++) {
      Parcel parcel = new Parcel(ids.next(), guarantee());
      parcels.add(parcel);
      if (parcel.guarantee() == Guarantee.EXACTLY_ONCE) {
        intended.add(ledger.append(entry(Entry.What.INTENDED, parcel)));
      }
    }
    CompletableFuture.allOf(intended.toArray(new CompletableFuture<?>[0])).join();
    parcels.forEach(this::send);
  }

  private Guarantee guarantee() {
    int percent = random.nextInt(100);
    return percent < 45
        ? Guarantee.AT_LEAST_ONCE
        : percent < 90 ? Guarantee.EXACTLY_ONCE : Guarantee.BEST_EFFORT;
  }

  private void send(Parcel parcel) {
    Sent sent = client.send(parcel.id(), parcel.message(recipients));
    sent.accepted().whenComplete((_, why) -> settle(parcel, why));
    sent.processed()
        .whenComplete((_, why) -> {
          boolean accepted =
              sent.accepted().isDone() && !sent.accepted().isCompletedExceptionally();
          if (accepted && parcel.guarantee().isDurable() && why instanceof RefusedException ended) {
            LOG.warn("{} was accepted, then: {}", parcel, ended.getMessage());
          }
        });
  }

  /// On the client's event loop.
  private void settle(Parcel parcel, @Nullable Throwable why) {
    boolean once = parcel.guarantee() == Guarantee.EXACTLY_ONCE;
    switch (why) {
      case null -> outcome(Entry.What.PROMISED, parcel);
      case RefusedException refused when once && refused.code().retryable() -> {
        again.add(new Again(parcel, System.nanoTime() + AGAIN_NANOS));
        window.release();
      }
      case RefusedException refused -> {
        if (!refused.code().retryable()) {
          LOG.warn("{} was refused: {}", parcel, refused.getMessage());
        }
        outcome(Entry.What.REFUSED, parcel);
      }
      default -> failure.completeExceptionally(why);
    }
  }

  private void outcome(Entry.What what, Parcel parcel) {
    if (!parcel.guarantee().isDurable()) {
      window.release();
      return;
    }
    ledger
        .append(entry(what, parcel))
        .whenComplete((_, failed) -> {
          if (failed != null) {
            failure.completeExceptionally(failed);
          }
          window.release();
        });
  }

  private Entry entry(Entry.What what, Parcel parcel) {
    return Entry.sent(what, parcel.guarantee(), agent, parcel.id());
  }
}
