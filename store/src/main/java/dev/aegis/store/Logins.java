package dev.aegis.store;

import dev.aegis.store.MailboxClaims.Owner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has mailboxes follow their agents: asks for those of agents that log in here, and lets go of
/// those whose agents have logged in elsewhere.
///
/// The wish stands in the database, where its owner finds it with its next look; a bell over the
/// fabric makes that at once. Many wishes are one query. Two threads of its own, so that a session
/// that ends slowly holds up no login; the rest may be called from any.
final class Logins implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Logins.class);
  private static final int BATCH = 256;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final MailboxClaims claims;
  private final LongConsumer ringWanted;
  private final LongConsumer ringReleased;
  private final Function<String, CompletionStage<?>> letGo;
  private final Looking claiming = new Looking("aegis-logins", this::claim);
  private final Looking releasing = new Looking("aegis-releases", this::release);
  private final Map<String, Wish> wishes = new ConcurrentHashMap<>();
  private final LongAdder released = new LongAdder();
  private volatile boolean closing;

  private record Wish(CompletableFuture<Long> done, long untilNanos) {}

  /// @param ringWanted tells an owner, by its journal, that something of it is wanted
  /// @param ringReleased tells a node that something it wants may be its own
  /// @param letGo ends an agent's session here, and completes when nothing more comes of it
  Logins(
      MailboxClaims claims,
      LongConsumer ringWanted,
      LongConsumer ringReleased,
      Function<String, CompletionStage<?>> letGo) {
    this.claims = claims;
    this.ringWanted = ringWanted;
    this.ringReleased = ringReleased;
    this.letGo = letGo;
  }

  void start() {
    claiming.thread.start();
    releasing.thread.start();
  }

  /// How many agents wait for their mailbox.
  int waiting() {
    return wishes.size();
  }

  /// How many mailboxes this node has let go of since it started.
  long released() {
    return released.sum();
  }

  /// Completes with the number of the login once the mailbox is this node's; with 0 after half a
  /// minute.
  CompletionStage<Long> own(String agent) {
    Wish wish =
        wishes.computeIfAbsent(
            agent, _ -> new Wish(new CompletableFuture<>(), System.nanoTime() + LONGEST_NANOS));
    ring();
    if (closing) {
      wish.done.complete(0L);
    }
    return wish.done;
  }

  /// Something may have changed: look now.
  void ring() {
    claiming.ring();
    releasing.ring();
  }

  /// A thread that does something when the bell rings, and now and then.
  private final class Looking {
    final Thread thread;
    private final Runnable look;
    private volatile boolean bell;

    Looking(String name, Runnable look) {
      this.look = look;
      this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    void ring() {
      bell = true;
      LockSupport.unpark(thread);
    }

    private void run() {
      while (!closing) {
        if (!bell) {
          LockSupport.parkNanos(this, LOOK_NANOS);
        }
        bell = false;
        try {
          look.run();
        } catch (StoreException e) {
          LOG.debug("mailboxes cannot change hands for now", e);
          LockSupport.parkNanos(this, LOOK_NANOS);
        } catch (RuntimeException e) {
          LOG.error("mailboxes cannot change hands", e);
          LockSupport.parkNanos(this, LOOK_NANOS);
        }
      }
    }
  }

  private void claim() {
    try {
      claimAll();
    } finally {
      giveUp();
    }
  }

  private void claimAll() {
    List<String> names = new ArrayList<>(wishes.keySet());
    for (int from = 0; from < names.size(); from += BATCH) {
      Map<String, Owner> owners =
          claims.claim(names.subList(from, Math.min(names.size(), from + BATCH)), true);
      Map<Long, Integer> asked = new HashMap<>();
      owners.forEach((name, owner) -> {
        switch (owner) {
          case Owner.Here(long login) -> {
            Wish wish = wishes.remove(name);
            if (wish != null) {
              wish.done.complete(login);
            }
          }
          case Owner.There(long journal) -> asked.merge(journal, 1, Integer::sum);
        }
      });
      asked.keySet().stream().filter(journal -> journal != 0).forEach(ringWanted::accept);
    }
  }

  private void giveUp() {
    long now = System.nanoTime();
    wishes.forEach((name, wish) -> {
      if (now - wish.untilNanos >= 0 && wishes.remove(name, wish)) {
        wish.done.complete(0L);
      }
    });
  }

  private void release() {
    Map<String, Long> wanted = claims.wanted(BATCH);
    while (!wanted.isEmpty() && !closing) {
      Map<String, CompletableFuture<?>> ending = new LinkedHashMap<>();
      wanted.keySet().forEach(name -> ending.put(name, letGo.apply(name).toCompletableFuture()));
      List<String> ended = new ArrayList<>();
      ending.forEach((name, done) -> {
        try {
          done.get(LONGEST_NANOS, TimeUnit.NANOSECONDS);
          ended.add(name);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new StoreException.Unavailable("interrupted while sessions ended", e);
        } catch (ExecutionException | TimeoutException e) {
          LOG.warn("the session of {} does not end, and its mailbox stays", name, e);
        }
      });
      claims.release(ended);
      released.add(ended.size());
      wanted.values().stream().distinct().forEach(ringReleased::accept);
      wanted = ended.isEmpty() ? Map.of() : claims.wanted(BATCH);
    }
  }

  @Override
  public void close() {
    closing = true;
    ring();
    ThreadEnd.await(claiming.thread);
    ThreadEnd.await(releasing.thread);
    wishes.values().forEach(wish -> wish.done.complete(0L));
  }
}
