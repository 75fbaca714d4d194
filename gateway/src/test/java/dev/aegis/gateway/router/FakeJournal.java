package dev.aegis.gateway.router;

import dev.aegis.store.Journal;
import dev.aegis.store.JournalEntry;
import dev.aegis.store.JournalState;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.Offer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/// A journal that takes entries and leaves what becomes of them to the test.
final class FakeJournal implements Journal {
  final List<JournalEntry> offered = new CopyOnWriteArrayList<>();
  final Map<String, Mailboxes.Depth> depths = new HashMap<>();

  /// Mailboxes of another node.
  final Set<String> elsewhere = new HashSet<>();

  Offer answer = Offer.ACCEPTED;

  @Override
  public Offer offer(JournalEntry entry) {
    if (answer == Offer.ACCEPTED) {
      offered.add(entry);
    }
    return answer;
  }

  @Override
  public Mailboxes mailboxes() {
    return new Mailboxes() {
      @Override
      public Depth depth(String recipient) {
        return depths.getOrDefault(recipient, Depth.NONE);
      }

      @Override
      public boolean owns(String recipient) {
        return !elsewhere.contains(recipient);
      }
    };
  }

  @Override
  public JournalState state() {
    return new JournalState(true, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  @Override
  public void close() {}
}
