package dev.aegis.store;

import dev.aegis.store.statistics.Ending;
import dev.aegis.store.statistics.Tally;
import dev.aegis.store.statistics.TallyCodec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Counts what one transaction makes of the rows, and leaves that as one row in the same
/// transaction: so each message is counted exactly once, as often as it has to be tried; one that
/// waits for somebody who is able, once an agent has it. [StatisticsRollup] adds those rows up.
/// Confined to the transaction.
sealed interface Counting {
  /// What to count, or nothing where statistics are off.
  ///
  /// @param messages that become rows
  static Counting of(Database database, List<RowState> messages) {
    if (!database.isCounted()) {
      return new Off();
    }
    On on = new On();
    messages.forEach(on::stored);
    return on;
  }

  /// Whether it has to know which rows changed.
  boolean wantsChanges();

  /// What became of rows, and which of them did change: what is read again after a crash may have
  /// ended already.
  void changed(List<ChangedRow> rows, List<Map.Entry<RowState.Key, RowState>> changes);

  /// Leaves what was counted.
  void write(Connection connection) throws SQLException;

  /// Statistics are off.
  record Off() implements Counting {
    @Override
    public boolean wantsChanges() {
      return false;
    }

    @Override
    public void changed(List<ChangedRow> rows, List<Map.Entry<RowState.Key, RowState>> changes) {}

    @Override
    public void write(Connection connection) {}
  }

  /// Statistics are on.
  final class On implements Counting {
    private final Tally tally = new Tally();

    private void stored(RowState message) {
      Accept accept = message.accept;
      if (accept == null) {
        throw new IllegalArgumentException("a message that is stored was accepted");
      }
      if (PoolName.isOne(accept.recipient())) {
        return;
      }
      tally.stored(
          accept.sender(),
          accept.recipient(),
          accept.type(),
          accept.envelope().length,
          accept.redrives() != null,
          accept.acceptedAtMillis());
      changed(
          message, accept.sender(), accept.recipient(), accept.type(), accept.acceptedAtMillis());
    }

    private void changed(
        RowState change, String sender, String recipient, String type, long acceptedAtMillis) {
      if (change.retries > 0) {
        tally.tried(
            sender, recipient, type, change.retries, change.failures, change.changedAtMillis);
      }
      Ending how = ending(change.status);
      if (how != null) {
        tally.ended(sender, recipient, type, how, acceptedAtMillis, change.finishedAtMillis);
      }
    }

    private static @Nullable Ending ending(MessageStatus status) {
      return switch (status) {
        case PENDING, DELIVERED, MOVED -> null;
        case PROCESSED -> Ending.PROCESSED;
        case FAILED -> Ending.FAILED;
        case EXPIRED -> Ending.EXPIRED;
        case DEAD -> Ending.DEAD;
      };
    }

    @Override
    public boolean wantsChanges() {
      return true;
    }

    @Override
    public void changed(List<ChangedRow> rows, List<Map.Entry<RowState.Key, RowState>> changes) {
      Map<RowState.Key, RowState> byKey = new HashMap<>();
      changes.forEach(change -> byKey.put(change.getKey(), change.getValue()));
      for (ChangedRow row : rows) {
        RowState change = byKey.get(row.key());
        if (change != null && !PoolName.isOne(row.key().recipient())) {
          changed(change, row.sender(), row.key().recipient(), row.type(), row.createdAtMillis());
        }
      }
    }

    @Override
    public void write(Connection connection) throws SQLException {
      if (tally.isEmpty()) {
        return;
      }
      try (PreparedStatement statement =
          connection.prepareStatement("INSERT INTO statistics_batches (body) VALUES (?)")) {
        statement.setBytes(1, TallyCodec.encode(tally));
        statement.executeUpdate();
      }
    }
  }
}
