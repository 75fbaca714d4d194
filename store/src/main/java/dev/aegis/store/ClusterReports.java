package dev.aegis.store;

import dev.aegis.store.NodeFrames.Result;
import dev.aegis.store.NodeFrames.Told;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Passes on what the journals report: to the gateway here, or to the node that forwarded an entry.
final class ClusterReports implements JournalListener {
  private final JournalListener listener;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable ClusterJournal cluster;

  ClusterReports(JournalListener listener) {
    this.listener = listener;
  }

  /// Whose reports these are: its parts need them when they are opened.
  void of(ClusterJournal journal) {
    cluster = journal;
  }

  /// Tells the gateway, one thing at a time.
  void tell(Consumer<JournalListener> what) {
    lock.lock();
    try {
      what.accept(listener);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void committed(List<JournalEntry> entries) {
    Map<Long, List<Told>> results = new HashMap<>();
    for (JournalEntry entry : entries) {
      switch (entry) {
        case Accept accept when accept.origin() instanceof Forwarded from ->
            add(
                results,
                from,
                resultOf(accept.outcome()),
                accept.mailboxEpoch(),
                accept.sequence());
        case Discard discard when discard.origin() instanceof Forwarded from ->
            add(results, from, resultOf(discard.outcome()), 0, 0);
        case Accept _, Discard _, Progress _, Release _, SignedWindow _ -> {}
      }
    }
    tell(gateway -> gateway.committed(entries));
    send(results);
  }

  private static Result resultOf(Outcome outcome) {
    return switch (outcome) {
      case STORED, STORED_ELSEWHERE -> Result.STORED;
      case DUPLICATE -> Result.DUPLICATE;
      case CONFLICT -> Result.CONFLICT;
      case SETTLED -> Result.SETTLED;
    };
  }

  private static void add(
      Map<Long, List<Told>> results, Forwarded from, Result result, long epoch, long sequence) {
    results
        .computeIfAbsent(from.node(), _ -> new ArrayList<>())
        .add(new Told(from.ticket(), result, epoch, sequence));
  }

  private void send(Map<Long, List<Told>> results) {
    ClusterJournal journal = cluster;
    if (journal != null) {
      results.forEach(journal::tell);
    }
  }

  @Override
  public void refused(List<JournalEntry> entries, StoreException why) {
    ClusterJournal journal = cluster;
    Map<Long, List<Told>> results = new HashMap<>();
    List<JournalEntry> own = new ArrayList<>();
    for (JournalEntry entry : entries) {
      Forwarded from =
          switch (entry) {
            case Accept accept when accept.origin() instanceof Forwarded forwarded -> forwarded;
            case Discard discard when discard.origin() instanceof Forwarded forwarded -> forwarded;
            case Accept _, Discard _, Progress _, Release _, SignedWindow _ -> null;
          };
      boolean moved = why instanceof StoreException.Moved;
      if (from != null) {
        add(results, from, moved ? Result.MOVED : Result.UNAVAILABLE, 0, 0);
      } else if (!moved || journal == null || !journal.forward(entry)) {
        own.add(entry);
      }
    }
    if (!own.isEmpty()) {
      tell(gateway -> gateway.refused(own, why));
    }
    send(results);
  }
}
