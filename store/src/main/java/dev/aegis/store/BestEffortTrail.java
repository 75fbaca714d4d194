package dev.aegis.store;

import dev.aegis.store.audit.Chain;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The part of the audit trail that is about best-effort messages, written from a [TrailQueue] in
/// pages as full as a quarter of a second makes them. A message is in the trail of its sender's
/// organization, and in that of its recipient's where that is another one.
public final class BestEffortTrail extends WaitingTrail<TrailQueue.Place> {
  private static final Logger LOG = LoggerFactory.getLogger(BestEffortTrail.class);
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /// How long the end waits for messages that are being passed on.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final TrailQueue queue;
  private volatile long closedAtNanos;

  private BestEffortTrail(
      Database database, TrailQueue queue, TrailSettings settings, InstantSource clock) {
    super(database, Chain.Stream.BEST_EFFORT, settings, clock, "aegis-audit-sent");
    this.queue = queue;
  }

  /// @param queue of nobody else
  public static BestEffortTrail start(
      Database database, TrailQueue queue, TrailSettings settings, InstantSource clock) {
    BestEffortTrail trail = new BestEffortTrail(database, queue, settings, clock);
    trail.start();
    return trail;
  }

  @Override
  boolean isEmpty() {
    return queue.taken() == 0
        || (isClosed() && System.nanoTime() - closedAtNanos >= PATIENCE.toNanos());
  }

  @Override
  void take(List<TrailQueue.Place> batch) {
    queue.await(PACE_NANOS);
    queue.drainTo(batch);
  }

  @Override
  void left(List<TrailQueue.Place> batch) {
    queue.drainTo(batch);
  }

  @Override
  Set<String> agents(List<TrailQueue.Place> batch) {
    Set<String> agents = new HashSet<>();
    for (TrailQueue.Place place : batch) {
      if (place.agent != null) {
        agents.add(place.agent);
      }
    }
    return agents;
  }

  @Override
  void pages(List<TrailQueue.Place> batch, Organizations known, TrailPages pages) {
    for (TrailQueue.Place place : batch) {
      pages.add(place.organization, place.entry);
      String theirs = elsewhere(place, known);
      if (theirs != null) {
        pages.add(theirs, place.entry);
      }
    }
  }

  /// The recipient's organization, where it is another one.
  private static @Nullable String elsewhere(TrailQueue.Place place, Organizations known) {
    String theirs = place.agent == null ? Chain.GATEWAY : known.of(place.agent);
    return theirs.equals(Chain.GATEWAY) || theirs.equals(place.organization) ? null : theirs;
  }

  @Override
  void ended(TrailQueue.Place place, Organizations known, @Nullable StoreException why) {
    place.free();
    if (why != null) {
      lose(place.organization, 1);
      String theirs = elsewhere(place, known);
      if (theirs != null) {
        lose(theirs, 1);
      }
    }
  }

  /// Writes what waits, as far as the database lets it, and what is being passed on meanwhile.
  @Override
  public void close() {
    closedAtNanos = System.nanoTime();
    queue.close();
    super.close();
    if (queue.taken() > 0) {
      LOG.warn("{} messages were being passed on and are not in the audit trail", queue.taken());
    }
  }
}
