package dev.aegis.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What survives any crash: segments as bytes, rows, the checkpoint. Stands for PostgreSQL in
/// simulations.
public final class SimulatedDisk {
  final TreeMap<Long, byte[]> segments = new TreeMap<>();
  final TreeMap<Long, Long> voids = new TreeMap<>();
  final Map<RowState.Key, RowState> rows = new HashMap<>();
  final Map<String, NavigableMap<Long, RowState.Key>> open = new HashMap<>();
  final Map<String, Long> nextSequences = new HashMap<>();
  final Map<String, Long> epochs = new HashMap<>();
  final Map<UUID, List<RowState.Key>> byId = new HashMap<>();
  long checkpoint;

  /// The same once more, to be changed apart from this one; without segments.
  SimulatedDisk rows() {
    SimulatedDisk copy = new SimulatedDisk();
    rows.forEach((key, row) -> copy.rows.put(key, copy(row)));
    open.forEach((agent, messages) -> copy.open.put(agent, new TreeMap<>(messages)));
    byId.forEach((id, keys) -> copy.byId.put(id, new ArrayList<>(keys)));
    copy.nextSequences.putAll(nextSequences);
    copy.epochs.putAll(epochs);
    return copy;
  }

  private static RowState copy(RowState row) {
    RowState copy = new RowState(row.accept);
    copy.status = row.status;
    copy.retries = row.retries;
    copy.failures = row.failures;
    copy.retryAtMillis = row.retryAtMillis;
    copy.deliveredAtMillis = row.deliveredAtMillis;
    copy.processedAtMillis = row.processedAtMillis;
    copy.finishedAtMillis = row.finishedAtMillis;
    copy.reason = row.reason;
    return copy;
  }

  /// What a segment says, as rows.
  void apply(Committed committed) {
    committed.accepts().forEach(this::insert);
    for (Committed.Effect effect : committed.effects()) {
      for (long sequence : effect.sequences()) {
        apply(effect.progress(), sequence);
      }
    }
  }

  void insert(Accept accept) {
    RowState.Key key =
        new RowState.Key(accept.recipient(), accept.mailboxEpoch(), accept.sequence());
    if (rows.put(key, new RowState(accept)) != null) {
      throw new IllegalStateException("a position was used twice: " + key);
    }
    open.computeIfAbsent(accept.recipient(), _ -> new TreeMap<>()).put(order(accept), key);
    byId.computeIfAbsent(accept.id(), _ -> new ArrayList<>()).add(key);
    epochs.put(accept.recipient(), accept.mailboxEpoch());
    nextSequences.merge(accept.recipient(), accept.sequence() + 1, Math::max);
  }

  void apply(Progress progress, long sequence) {
    RowState.Key key = new RowState.Key(progress.recipient(), progress.mailboxEpoch(), sequence);
    RowState row = rows.get(key);
    Accept accept = row == null ? null : row.accept;
    if (row == null || accept == null) {
      return;
    }
    row.apply(progress);
    NavigableMap<Long, RowState.Key> mailbox = open.get(key.recipient());
    if (!row.status.open() && mailbox != null) {
      mailbox.remove(order(accept));
    }
  }

  static long order(Accept accept) {
    return order(accept.priority(), accept.sequence());
  }

  static long order(int priority, long sequence) {
    return ((long) priority << 48) | sequence;
  }

  /// The status of a stored message, or null if no row has it; of several the best. Where it has
  /// moved on, that of whoever has it.
  public @Nullable MessageStatus status(UUID id) {
    MessageStatus best = null;
    for (RowState.Key key : byId.getOrDefault(id, List.of())) {
      RowState row = rows.get(key);
      if (row != null
          && row.status != MessageStatus.MOVED
          && (best == null || !row.status.open())) {
        best = row.status;
      }
    }
    return best;
  }

  /// As [StoredIds#find].
  DedupeIndex.@Nullable Known find(Accept accept) {
    DedupeIndex.Known known = null;
    for (RowState.Key key : byId.getOrDefault(accept.id(), List.of())) {
      RowState row = rows.get(key);
      Accept stored = row == null ? null : row.accept;
      if (stored != null && StoredIds.Key.of(stored).equals(StoredIds.Key.of(accept))) {
        known = new DedupeIndex.Known(stored.digest(), stored.sequence());
      }
    }
    return known;
  }

  /// How many positions hold the message, those that it has moved on from not counted.
  public int copies(UUID id) {
    return (int)
        byId.getOrDefault(id, List.of()).stream()
            .map(rows::get)
            .filter(row -> row != null && row.status != MessageStatus.MOVED)
            .count();
  }

  /// How many stored messages are not finished.
  public int openMessages() {
    return open.values().stream().mapToInt(Map::size).sum();
  }
}
