package dev.aegis.store.fabric;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a fabric counts, and its one way to the log: a cause is told once, then counted.
/// Thread-safe.
final class FabricCounters {
  private static final Logger LOG = LoggerFactory.getLogger(Fabric.class);

  final LongAdder sentFlights = new LongAdder();
  final LongAdder sentEntries = new LongAdder();
  final LongAdder full = new LongAdder();
  final LongAdder noInbox = new LongAdder();
  final LongAdder unavailable = new LongAdder();
  final LongAdder receivedFlights = new LongAdder();
  final LongAdder receivedEntries = new LongAdder();
  final LongAdder publishedFlights = new LongAdder();
  final LongAdder dropped = new LongAdder();
  final LongAdder poison = new LongAdder();
  final LongAdder replays = new LongAdder();
  final LongAdder listenerFailures = new LongAdder();
  final LongAdder reconnects = new LongAdder();
  final LongAdder inboxesLost = new LongAdder();
  final LongAdder announcements = new LongAdder();
  final LongAdder roundTrips = new LongAdder();
  final LongAdder roundTripNanos = new LongAdder();
  volatile long inboxEntries;

  private final Set<String> told = ConcurrentHashMap.newKeySet();
  private volatile String lastError = "";

  void answered(SendResult result, int flights) {
    switch (result) {
      case SENT -> {
        sentFlights.add(flights);
        sentEntries.increment();
      }
      case FULL -> full.add(flights);
      case NO_INBOX -> noInbox.add(flights);
      case UNAVAILABLE -> unavailable.add(flights);
    }
  }

  /// @param cause one of a fixed few
  void poison(String cause, String where) {
    poison.increment();
    if (told.add(cause)) {
      LOG.warn("an entry {} was removed: {}; the next ones are only counted", where, cause);
    }
  }

  void listenerFailed(RuntimeException failure) {
    listenerFailures.increment();
    if (told.add("listener")) {
      LOG.error("the listener of the fabric failed; the next failures are only counted", failure);
    }
  }

  /// Redis away is nothing to warn of with every command: who watches sees the state.
  void failed(Throwable failure) {
    String message = failure.getMessage();
    lastError = message == null ? failure.getClass().getSimpleName() : message;
    LOG.debug("the fabric has failed", failure);
  }

  String lastError() {
    return lastError;
  }

  /// @param queued flights and bytes
  FabricState state(
      boolean up,
      long openBreakers,
      Backlog queued,
      long waitingTopicBytes,
      long claims,
      long subscriptions) {
    return new FabricState(
        up,
        queued.flights(),
        queued.bytes(),
        waitingTopicBytes,
        claims,
        subscriptions,
        sentFlights.sum(),
        sentEntries.sum(),
        full.sum(),
        noInbox.sum(),
        unavailable.sum(),
        receivedFlights.sum(),
        receivedEntries.sum(),
        publishedFlights.sum(),
        dropped.sum(),
        poison.sum(),
        replays.sum(),
        listenerFailures.sum(),
        reconnects.sum(),
        inboxesLost.sum(),
        announcements.sum(),
        inboxEntries,
        openBreakers,
        roundTrips.sum(),
        roundTripNanos.sum(),
        lastError);
  }
}
