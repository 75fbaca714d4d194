package dev.aegis.store;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.time.InstantSource;

/// Bounds of the journal.
///
/// @param queueEntries most entries waiting per class
/// @param queueBytes most bytes waiting, all classes together
/// @param segmentEntries most entries of one segment
/// @param segmentBytes a segment is closed once it reaches this size
/// @param maxLagSegments most committed segments without rows; beyond it offers answer FULL, those
///   of progress only at its double
/// @param handOverBytes most bytes of committed entries without rows; likewise
/// @param dedupeWindow how long after its acceptance a repeated (sender, recipient, id) is refused,
///   as long as there are rows
/// @param dedupeEntries about how many of them are remembered; older ones are looked up in the rows
/// @param commitRetry how long a failed commit is retried before its entries are refused
/// @param probeEvery pause between probes of an unavailable database
/// @param trail what is kept of what happens to messages
@RecordBuilder
public record JournalSettings(
    int queueEntries,
    long queueBytes,
    int segmentEntries,
    int segmentBytes,
    int maxLagSegments,
    long handOverBytes,
    Duration dedupeWindow,
    int dedupeEntries,
    Duration commitRetry,
    Duration probeEvery,
    InstantSource clock,
    TrailSettings trail)
    implements JournalSettingsBuilder.With {
  /// How many priority classes there are.
  public static final int CLASSES = 4;

  public JournalSettings {
    atLeast("queueEntries", queueEntries, 4);
    atLeast("queueBytes", queueBytes, 1024);
    atLeast("segmentEntries", segmentEntries, CLASSES);
    atLeast("segmentBytes", segmentBytes, 1024);
    atLeast("maxLagSegments", maxLagSegments, 2);
    atLeast("handOverBytes", handOverBytes, 1024);
    atLeast("dedupeWindow", dedupeWindow.toMillis(), 1);
    atLeast("dedupeEntries", dedupeEntries, 64);
    atLeast("commitRetry", commitRetry.toMillis(), 0);
    atLeast("probeEvery", probeEvery.toMillis(), 1);
  }

  /// With the trail as it is by default.
  public JournalSettings(
      int queueEntries,
      long queueBytes,
      int segmentEntries,
      int segmentBytes,
      int maxLagSegments,
      long handOverBytes,
      Duration dedupeWindow,
      int dedupeEntries,
      Duration commitRetry,
      Duration probeEvery,
      InstantSource clock) {
    this(
        queueEntries,
        queueBytes,
        segmentEntries,
        segmentBytes,
        maxLagSegments,
        handOverBytes,
        dedupeWindow,
        dedupeEntries,
        commitRetry,
        probeEvery,
        clock,
        TrailSettings.defaults());
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " is " + value + ", must be at least " + least);
    }
  }

  /// For one gateway on one machine.
  public static JournalSettings defaults() {
    return new JournalSettings(
        65_536,
        64L << 20,
        8_192,
        4 << 20,
        1_024,
        128L << 20,
        Duration.ofDays(30),
        500_000,
        Duration.ofSeconds(5),
        Duration.ofMillis(500),
        InstantSource.system());
  }
}
