package dev.aegis.gateway.delivery;

import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What becomes of messages that were not handled, and which of them wait for their next attempt.
/// Only numbers wait here, not bytes: as many as the mailbox may hold at most.
final class Retries {
  /// One random part in so many, up and down.
  private static final int JITTER_DIVISOR = 5;

  private final RetrySettings settings;
  private final RandomGenerator random;
  private final TreeMap<Long, InFlight> waiting = new TreeMap<>();
  private final TreeSet<Due> schedule =
      new TreeSet<>(Comparator.comparingLong(Due::atMillis).thenComparingLong(Due::sequence));

  private record Due(long atMillis, long sequence) {}

  /// What becomes of a message after a failure.
  sealed interface Verdict {
    /// Another attempt at that time.
    record Again(long atMillis) implements Verdict {}

    /// The end.
    record Over(RecordKind what) implements Verdict {}
  }

  Retries(RetrySettings settings, RandomGenerator random) {
    this.settings = settings;
    this.random = random;
  }

  RetrySettings settings() {
    return settings;
  }

  /// @param hintMillis the shortest pause that the recipient asks for, up to the longest there is
  Verdict afterFailure(InFlight item, int code, long hintMillis, long nowMillis) {
    int failures = item.failures + 1;
    if (item.policy.maxRetries() == 0 || isFinal(code)) {
      return new Verdict.Over(RecordKind.FAILED);
    }
    if (failures > item.policy.maxRetries()) {
      return new Verdict.Over(RecordKind.DEAD);
    }
    long doubled = settings.firstDelayMillis() << Math.min(failures - 1, 30);
    long pause = Math.min(doubled, settings.maxDelayMillis());
    long part = pause / JITTER_DIVISOR;
    long jittered = pause - part + random.nextLong(2 * part + 1);
    long hinted = Math.min(hintMillis, settings.maxDelayMillis());
    return new Verdict.Again(nowMillis + Math.max(jittered, hinted));
  }

  /// Nothing waits longer than until then: a stored time beyond it was told by a wrong clock.
  long latest(long nowMillis) {
    return nowMillis + settings.maxDelayMillis() + settings.maxDelayMillis() / JITTER_DIVISOR;
  }

  private static boolean isFinal(int code) {
    return ErrorCode.fromWire(code)
        .map(known ->
            switch (known) {
              case TIMEOUT,
                  HANDLER_FAILED,
                  OVERLOADED,
                  RATE_LIMITED,
                  STORE_UNAVAILABLE,
                  MAILBOX_FULL,
                  RECIPIENT_OFFLINE,
                  SHUTTING_DOWN,
                  NO_CANDIDATE ->
                  false;
              case MALFORMED_ENVELOPE,
                  UNSUPPORTED_KIND,
                  ENVELOPE_TOO_LARGE,
                  PAYLOAD_TOO_LARGE,
                  METADATA_TOO_LARGE,
                  INVALID_FIELD,
                  FROM_MISMATCH,
                  UNKNOWN_RECIPIENT,
                  NOT_AUTHORIZED,
                  EXPIRED,
                  TOO_MANY_HOPS,
                  CONFLICT,
                  NOT_OFFERED,
                  NO_HANDLER,
                  CANCELLED,
                  RECIPIENT_REVOKED,
                  POISON,
                  DISCARDED,
                  TOO_MANY_SUBSCRIPTIONS,
                  MOVED_ON ->
                  true;
            })
        .orElse(false);
  }

  /// Keeps the message until that time, or until it expires.
  void delay(InFlight item, long atMillis) {
    long due = item.expiresAtMillis == 0 ? atMillis : Math.min(atMillis, item.expiresAtMillis);
    InFlight before = waiting.put(item.sequence, item);
    if (before != null) {
      schedule.remove(new Due(before.dueAtMillis, before.sequence));
    }
    item.dueAtMillis = due;
    schedule.add(new Due(due, item.sequence));
  }

  boolean contains(long sequence) {
    return waiting.containsKey(sequence);
  }

  @Nullable InFlight remove(long sequence) {
    InFlight item = waiting.remove(sequence);
    if (item != null) {
      schedule.remove(new Due(item.dueAtMillis, sequence));
    }
    return item;
  }

  /// Takes those in the range out.
  List<InFlight> removeAll(long first, long last) {
    NavigableMap<Long, InFlight> range = waiting.subMap(first, true, last, true);
    if (range.isEmpty()) {
      return List.of();
    }
    List<InFlight> removed = List.copyOf(range.values());
    removed.forEach(item -> remove(item.sequence));
    return removed;
  }

  /// Up to so many whose time has come, the longest due first. They stay.
  List<Long> due(long nowMillis, int limit) {
    List<Long> due = new ArrayList<>();
    for (Due next : schedule) {
      if (next.atMillis > nowMillis || due.size() >= limit) {
        break;
      }
      due.add(next.sequence);
    }
    return due;
  }

  /// When the next one is due.
  long nextMillis() {
    return schedule.isEmpty() ? Long.MAX_VALUE : schedule.first().atMillis;
  }

  int size() {
    return waiting.size();
  }

  void clear() {
    waiting.clear();
    schedule.clear();
  }
}
