package dev.aegis.store.statistics;

import java.util.HashMap;
import java.util.Map;

/// The counts of one batch of messages. What happened counts in the hour in which it happened. Not
/// thread-safe.
public final class Tally {
  private static final long HOUR_MILLIS = 3_600_000;

  private final Map<Flow, Counts> flows = new HashMap<>();

  /// The hour since 1970, UTC; 0 for what is before.
  public static int hourOf(long unixMillis) {
    return Math.toIntExact(Math.max(0, unixMillis) / HOUR_MILLIS);
  }

  /// A message was stored.
  public void stored(
      String sender, String recipient, String type, long bytes, boolean redriven, long atMillis) {
    Counts counts = of(atMillis, sender, recipient, type);
    if (redriven) {
      counts.redriven++;
    } else {
      counts.sent++;
      counts.sentBytes += bytes;
    }
  }

  /// A message was tried again.
  public void tried(
      String sender, String recipient, String type, long retries, long failures, long atMillis) {
    Counts counts = of(atMillis, sender, recipient, type);
    counts.retries += retries;
    counts.failures += failures;
  }

  /// A message came to its end.
  public void ended(
      String sender,
      String recipient,
      String type,
      Ending how,
      long acceptedAtMillis,
      long atMillis) {
    of(atMillis, sender, recipient, type).ended(how, atMillis - acceptedAtMillis);
  }

  /// The counts of a flow, to be added to.
  Counts of(Flow flow) {
    return flows.computeIfAbsent(flow, _ -> new Counts());
  }

  private Counts of(long atMillis, String sender, String recipient, String type) {
    return of(new Flow(hourOf(atMillis), sender, recipient, type));
  }

  public Map<Flow, Counts> flows() {
    return flows;
  }

  public boolean isEmpty() {
    return flows.isEmpty();
  }
}
