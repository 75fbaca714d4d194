package dev.aegis.store;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Remembers what the journal reported.
final class RecordingListener implements JournalListener {
  final List<JournalEntry> committed = new CopyOnWriteArrayList<>();
  final List<JournalEntry> refused = new CopyOnWriteArrayList<>();
  final List<StoreException> reasons = new CopyOnWriteArrayList<>();

  @Override
  public void committed(List<JournalEntry> entries) {
    committed.addAll(entries);
  }

  @Override
  public void refused(List<JournalEntry> entries, StoreException why) {
    reasons.add(why);
    refused.addAll(entries);
  }

  List<Accept> accepts() {
    return committed.stream().filter(Accept.class::isInstance).map(Accept.class::cast).toList();
  }
}
