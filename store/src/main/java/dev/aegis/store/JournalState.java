package dev.aegis.store;

/// A moment of the journal, for metrics and health. Values may be of slightly different moments.
///
/// @param available whether offers are taken as far as the database is concerned
/// @param queuedEntries waiting for a segment
/// @param queuedBytes waiting for a segment
/// @param committedSegment the last segment reported to the listener
/// @param projectedSegment the last segment whose rows can be queried
/// @param rowTransactions in which rows were written, since the journal was opened
/// @param committedEntries since the journal was opened
/// @param refusedEntries since the journal was opened
/// @param lookups message ids that only the rows could tell to be new or not
public record JournalState(
    boolean available,
    int queuedEntries,
    long queuedBytes,
    long committedSegment,
    long projectedSegment,
    long rowTransactions,
    long committedEntries,
    long refusedEntries,
    long lookups) {
  /// How many committed segments are not yet rows.
  public long lagSegments() {
    return Math.max(0, committedSegment - projectedSegment);
  }
}
