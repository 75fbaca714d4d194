package dev.aegis.gateway.webhook;

import dev.aegis.gateway.poll.Poll;
import dev.aegis.gateway.poll.PollSessions;
import dev.aegis.protocol.Control;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Posts what waits in one mailbox, so many at a time, from when there is something until there has
/// been nothing for a while, or others wait for their turn. A message is asked for when a request
/// is free for it: none waits here with its time running. On a virtual thread; each request has
/// another.
final class EndpointRun implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(EndpointRun.class);
  private static final long WAIT_MILLIS = 1_000;
  private static final long ANSWER_MILLIS = 60_000;
  private static final long IDLE_MILLIS = 60_000;
  private static final long TURN_MILLIS = 10_000;

  private final Served served;
  private final PollSessions.Posting mailbox;
  private final Poster poster;
  private final Places.OfRun places;
  private final int asked;
  private final int most;
  private final Semaphore free;
  private final BooleanSupplier othersWait;
  private final BooleanSupplier stopping;
  private final LongSupplier steadyMillis;
  private boolean comeMany = true;
  private boolean hasAsked;

  /// @param asked what the endpoint says of requests at a time; once it says otherwise, this ends
  /// @param most requests at a time
  /// @param othersWait whether there are endpoints whose turn has not come
  EndpointRun(
      Served served,
      PollSessions.Posting mailbox,
      Poster poster,
      Places.OfRun places,
      int asked,
      int most,
      BooleanSupplier othersWait,
      BooleanSupplier stopping,
      LongSupplier steadyMillis) {
    this.served = served;
    this.mailbox = mailbox;
    this.poster = poster;
    this.places = places;
    this.asked = asked;
    this.most = most;
    this.free = new Semaphore(most);
    this.othersWait = othersWait;
    this.stopping = stopping;
    this.steadyMillis = steadyMillis;
  }

  @Override
  public void run() {
    boolean postedAny = false;
    try {
      long began = steadyMillis.getAsLong();
      long lastUse = began;
      while (!stopping.getAsBoolean()) {
        long now = steadyMillis.getAsLong();
        if (othersWait.getAsBoolean() && now - began >= TURN_MILLIS) {
          break;
        }
        int posted = postSome(now);
        if (posted < 0) {
          break;
        }
        if (posted > 0) {
          postedAny = true;
          lastUse = steadyMillis.getAsLong();
        } else if (free.availablePermits() == most
            && (othersWait.getAsBoolean() || steadyMillis.getAsLong() - lastUse >= IDLE_MILLIS)) {
          break;
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      log.error("the mailbox of {} failed", served.agentId(), e.getCause());
    } finally {
      free.acquireUninterruptibly(most); // what is under way
      if (postedAny) {
        served.restNoMore();
      } else if (hasAsked) {
        served.restAfterNothing(steadyMillis.getAsLong());
      }
      served.running(false);
    }
  }

  /// Waits for messages and posts them.
  ///
  /// @return how many, or -1 if there is nothing to be had for now
  private int postSome(long now) throws InterruptedException, ExecutionException {
    free.acquire();
    int room = 1 + free.drainPermits();
    int used = 0;
    try {
      // While nothing comes, it keeps no more than one place from others.
      int wanted = places.take(comeMany ? room : 1);
      if (wanted == 0) {
        return 0;
      }
      try {
        Target target = served.target();
        int allowed = target == null ? 0 : mayPost(target, wanted, now);
        if (target == null || allowed == 0) {
          return -1;
        }
        used = postSome(target, allowed);
        return used;
      } finally {
        places.free(wanted - Math.max(0, used));
      }
    } finally {
      free.release(room - Math.max(0, used));
    }
  }

  private int postSome(Target target, int wanted) throws InterruptedException, ExecutionException {
    int used = 0;
    hasAsked = true;
    try {
      Poll poll =
          mailbox
              .poll(wanted, WAIT_MILLIS)
              .toCompletableFuture()
              .get(WAIT_MILLIS + ANSWER_MILLIS, TimeUnit.MILLISECONDS);
      if (!(poll instanceof Poll.Messages got)) {
        log.debug("{} is not posted to for now: {}", served.agentId(), poll);
        return -1;
      }
      for (Control.Delivery message : got.deliveries()) {
        used++;
        Thread.ofVirtual().name("aegis-webhook-post").start(() -> post(target, message));
      }
      comeMany = used > 0;
      return used;
    } catch (TimeoutException _) {
      return -1; // its loop is stuck
    } finally {
      if (used == 0) {
        target.breaker().unused();
      }
    }
  }

  private int mayPost(Target target, int room, long now) {
    boolean changed = target.endpoint().concurrency() != asked;
    return changed || served.pauses(now) ? 0 : target.breaker().take(room, now);
  }

  private void post(Target target, Control.Delivery message) {
    try {
      poster.post(served, target, mailbox, message);
    } catch (RuntimeException e) { // a defect: the message comes again
      log.error("posting to {} failed", served.agentId(), e);
      target.breaker().unused();
    } finally {
      places.free(1);
      free.release();
    }
  }
}
