package dev.aegis.store;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a batch of committed segments makes of the rows.
///
/// @param messages new rows
/// @param updates what changes in rows that are there
/// @param log steps off the plain way
/// @param redriven messages that dead letters were stored anew as
/// @param early rows that are written as processed before the segment comes that says so
/// @param reached those of an earlier batch whose segment is in this one
record RowChanges(
    List<RowState> messages,
    List<Map.Entry<RowState.Key, RowState>> updates,
    List<LogRow> log,
    List<SignedWindow> windows,
    List<Accept> redriven,
    List<Discard> discards,
    Set<RowState.Key> early,
    Set<RowState.Key> reached) {
  /// A step off the plain way.
  ///
  /// @param position in its batch
  record LogRow(RowState.Key key, long segment, int position, Progress progress) {}

  /// @param later what is committed behind the batch
  /// @param earlier what earlier batches wrote as processed early
  static RowChanges of(List<Committed> batch, List<Committed> later, Set<RowState.Key> earlier) {
    return new Fold(earlier).of(batch, later);
  }

  private static final class Fold {
    private final Set<RowState.Key> earlier;
    private final Map<RowState.Key, RowState> rows = new LinkedHashMap<>();
    private final List<LogRow> log = new ArrayList<>();
    private final List<SignedWindow> windows = new ArrayList<>();
    private final List<Accept> redriven = new ArrayList<>();
    private final List<Discard> discards = new ArrayList<>();
    private final Set<RowState.Key> early = new HashSet<>();
    private final Set<RowState.Key> reached = new HashSet<>();

    Fold(Set<RowState.Key> earlier) {
      this.earlier = earlier;
    }

    RowChanges of(List<Committed> batch, List<Committed> later) {
      for (Committed committed : batch) {
        windows.addAll(committed.windows());
        for (Accept accept : committed.accepts()) {
          rows.put(key(accept), new RowState(accept));
          if (accept.redrives() != null) {
            redriven.add(accept);
          }
        }
        for (Committed.Effect effect : committed.effects()) {
          apply(committed.segment(), effect);
        }
        discards.addAll(committed.discards());
      }
      lookAhead(later);
      List<RowState> messages = new ArrayList<>();
      List<Map.Entry<RowState.Key, RowState>> updates = new ArrayList<>();
      for (Map.Entry<RowState.Key, RowState> row : rows.entrySet()) {
        if (row.getValue().accept == null) {
          updates.add(row);
        } else {
          messages.add(row.getValue());
        }
      }
      return new RowChanges(messages, updates, log, windows, redriven, discards, early, reached);
    }

    private void apply(long segment, Committed.Effect effect) {
      Progress progress = effect.progress();
      boolean logged = !plain(progress);
      for (long sequence : effect.sequences()) {
        RowState.Key key = key(progress, sequence);
        if (earlier.contains(key)) {
          if (progress.status() == MessageStatus.PROCESSED) {
            reached.add(key);
          }
          continue;
        }
        rows.computeIfAbsent(key, _ -> new RowState(null)).apply(progress);
        if (logged) {
          log.add(new LogRow(key, segment, log.size(), progress));
        }
      }
    }

    /// Applies what leads plainly to the end; what was tried again counts its attempts in its turn.
    private void lookAhead(List<Committed> later) {
      Set<RowState.Key> triedAgain = new HashSet<>();
      for (Committed committed : later) {
        for (Committed.Effect effect : committed.effects()) {
          Progress progress = effect.progress();
          for (long sequence : effect.sequences()) {
            RowState.Key key = key(progress, sequence);
            RowState row = rows.get(key);
            if (row == null || row.accept == null || !row.status.open()) {
              continue;
            }
            if (!plain(progress)) {
              triedAgain.add(key);
            } else if (!triedAgain.contains(key)) {
              row.apply(progress);
              if (progress.status() == MessageStatus.PROCESSED) {
                early.add(key);
              }
            }
          }
        }
      }
    }

    private static RowState.Key key(Accept accept) {
      return new RowState.Key(accept.recipient(), accept.mailboxEpoch(), accept.sequence());
    }

    private static RowState.Key key(Progress progress, long sequence) {
      return new RowState.Key(progress.recipient(), progress.mailboxEpoch(), sequence);
    }

    /// Whether it is a step of the plain way, from pending over delivered to processed.
    private static boolean plain(Progress progress) {
      return switch (progress.status()) {
        case DELIVERED, PROCESSED -> true;
        case PENDING, FAILED, EXPIRED, DEAD, MOVED -> false;
      };
    }
  }
}
