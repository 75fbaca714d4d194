package dev.aegis.store;

import java.util.List;

/// Hears what became of offered entries, in segment order, one call at a time, on a journal thread.
/// Must not block: as long as a call runs, no later segment is reported.
public interface JournalListener {
  /// These entries are on disk.
  void committed(List<JournalEntry> entries);

  /// These entries were not kept and never will be.
  void refused(List<JournalEntry> entries, StoreException why);
}
