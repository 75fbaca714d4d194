package dev.aegis.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/// Finds repeats among what is to become a segment: in memory, and in the rows where memory cannot
/// tell. Confined to the baton holder, but for the counter.
final class Repeats {
  private final JournalSettings settings;
  private final SegmentFormer former;
  private final IdSlices slices;
  private final CommitRetry retry;
  private final AtomicLong lookups = new AtomicLong();

  Repeats(JournalSettings settings, SegmentFormer former, IdSlices slices, CommitRetry retry) {
    this.settings = settings;
    this.former = former;
    this.slices = slices;
    this.retry = retry;
  }

  /// What the rows have of those entries of which memory cannot tell whether they are repeats.
  ///
  /// @throws StoreException the database does not answer
  Map<StoredIds.Key, DedupeIndex.Known> rows(JournalTable table, List<JournalEntry> entries) {
    long now = settings.clock().millis();
    openSlices(table, now);
    List<Accept> unsure = former.unsure(entries);
    if (unsure.isEmpty()) {
      return Map.of();
    }
    lookups.addAndGet(unsure.size());
    long since = now - settings.dedupeWindow().toMillis();
    return retry.run(table, "look up ids", () -> StoredIds.find(table.connection(), unsure, since));
  }

  private void openSlices(JournalTable table, long nowMillis) {
    long end = slices.end();
    long wanted = slices.wantedEnd(nowMillis);
    if (wanted == end) {
      return;
    }
    List<Long> stored =
        retry.run(
            table,
            "look for ids to come",
            () -> {
              List<Long> found = new ArrayList<>();
              StoredIds.slices(table.connection(), end, wanted, found::add);
              return found;
            });
    slices.open(wanted);
    stored.forEach(slices::close);
  }

  /// How many ids only the rows could tell to be new or not. Any thread.
  long lookups() {
    return lookups.get();
  }
}
