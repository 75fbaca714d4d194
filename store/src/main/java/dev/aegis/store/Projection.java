package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import dev.aegis.crypto.StorageSealer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Writes the rows of committed segments, moves the checkpoint and deletes the segments behind it,
/// all in one transaction: doing it again changes nothing. Its commit has to be on disk before it
/// is answered: were it lost with the server alone, the next one would delete segments without
/// rows. One thread at a time.
final class Projection {
  private static final int KNOWN_SIGNATURES = 4_096;

  private final Database database;
  private final JournalId journal;
  private final StorageSealer sealer;
  private final MessageTrail trail;
  private long written;
  private final SequencedMap<UUID, byte[]> signatures = new LinkedHashMap<>();

  /// Rows that were written as processed before the segment came that says so.
  private final Set<RowState.Key> early = new HashSet<>();

  /// @param written the journal's checkpoint
  Projection(
      Database database,
      StorageCipher cipher,
      JournalId journal,
      long written,
      MessageTrail trail) {
    this.database = database;
    this.journal = journal;
    this.written = written;
    this.sealer = cipher.sealer();
    this.trail = trail;
  }

  /// What was written.
  ///
  /// @param messages new rows
  /// @param changes rows that were there
  record Written(int messages, int changes) {}

  /// @param batch at least one, in order
  /// @param later what is committed behind it: a message processed by then is written so at once,
  ///   because to change a row costs as much as to write it
  Written write(List<Committed> batch, List<Committed> later) {
    RowChanges changes = RowChanges.of(batch, later, early);
    for (SignedWindow window : changes.windows()) {
      signatures.put(window.id(), window.signature());
    }
    database.inTransaction(
        "write rows",
        connection -> {
          long checkpoint = JournalTable.checkpointForUpdate(connection, journal);
          if (checkpoint == batch.getLast().segment()) {
            return true; // the connection broke before it could say that it had committed
          }
          if (checkpoint != written) {
            throw new StoreException.Rejected("somebody else writes the rows of " + journal, null);
          }
          Counting counting = Counting.of(database, changes.messages());
          writeWindows(connection, changes.windows());
          if (!changes.messages().isEmpty()) {
            writeMessages(connection, changes.messages());
          }
          if (!changes.updates().isEmpty()) {
            update(connection, changes.updates(), counting);
          }
          trail.write(connection, batch, later, changes, early);
          if (!changes.log().isEmpty()) {
            writeLog(connection, changes.log());
          }
          DeadRows.redriven(connection, changes.redriven());
          DeadRows.discarded(connection, changes.discards());
          counting.write(connection);
          JournalTable.advance(connection, journal, batch.getLast().segment());
          return true;
        });
    trail.committed();
    written = batch.getLast().segment();
    early.removeAll(changes.reached());
    early.addAll(changes.early());
    while (signatures.size() > KNOWN_SIGNATURES) {
      signatures.pollFirstEntry();
    }
    return new Written(changes.messages().size(), changes.updates().size());
  }

  private static final String MESSAGE_COLUMNS =
      "id, agent_id, channel, message_type, encrypted_payload, nonce, signature, status,"
          + " retry_count, created_at, sender_id, mailbox_epoch, sequence, kind, priority,"
          + " guarantee, conversation_id, correlation_id, digest, size, expires_at, delivered_at,"
          + " processed_at, finished_at, reason, window_id, leaf_index, failure_count,"
          + " next_attempt_at, routed_to";

  private void writeMessages(Connection connection, List<RowState> messages) throws SQLException {
    Map<String, Position> positions = new HashMap<>();
    try (CopyRows out = new CopyRows(connection, "message_queue (" + MESSAGE_COLUMNS + ")")) {
      for (RowState message : messages) {
        Accept accept = Objects.requireNonNull(message.accept);
        write(out, accept, message);
        positions.merge(accept.recipient(), Position.behind(accept), Position::later);
      }
      out.finish();
    }
    writeMailboxes(connection, positions);
  }

  /// How far a mailbox is filled.
  private record Position(long epoch, long nextSequence, long newestSlice) {
    static Position behind(Accept accept) {
      return new Position(accept.mailboxEpoch(), accept.sequence() + 1, IdSlices.of(accept.id()));
    }

    Position later(Position next) {
      return new Position(next.epoch, next.nextSequence, Math.max(newestSlice, next.newestSlice));
    }
  }

  private void write(CopyRows out, Accept accept, RowState state) throws SQLException {
    byte[] sealed = sealer.seal(accept.envelope(), accept.associatedData());
    UUID window = accept.windowId();
    out.row(30)
        .uuid(accept.id())
        .text(accept.recipient())
        .text(accept.channel())
        .text(accept.type())
        .bytes(sealed)
        .bytes(
            Arrays.copyOfRange(
                sealed,
                StorageCipher.PREFIX_BYTES,
                StorageCipher.PREFIX_BYTES + StorageCipher.NONCE_BYTES))
        .bytes(window == null ? null : signatures.get(window))
        .text(state.status.text())
        .int4(state.retries)
        .time(accept.acceptedAtMillis())
        .text(accept.sender())
        .int8(accept.mailboxEpoch())
        .int8(accept.sequence())
        .int2(accept.kind())
        .int2(accept.priority())
        .int2(accept.guarantee())
        .uuid(accept.conversation())
        .uuid(accept.correlation())
        .int8(accept.digest())
        .int4(accept.envelope().length)
        .time(accept.expiresAtMillis())
        .time(state.deliveredAtMillis)
        .time(state.processedAtMillis)
        .time(state.finishedAtMillis)
        .text(state.reason)
        .uuid(window)
        .int4(accept.leafIndex())
        .int4(state.failures)
        .time(state.retryAtMillis)
        .text(accept.routedTo());
  }

  private void writeMailboxes(Connection connection, Map<String, Position> positions)
      throws SQLException {
    List<Position> values = List.copyOf(positions.values());
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO mailboxes AS m (agent_id, epoch, next_sequence, newest_slice, owner)"
                + " SELECT u.*, ? FROM unnest(?::varchar[], ?::bigint[], ?::bigint[], ?::bigint[])"
                + " AS u ON CONFLICT (agent_id) DO UPDATE SET epoch = excluded.epoch,"
                + " next_sequence = excluded.next_sequence,"
                + " newest_slice = greatest(m.newest_slice, excluded.newest_slice)")) {
      statement.setLong(1, journal.value());
      text(statement, 2, List.copyOf(positions.keySet()).toArray());
      longs(statement, 3, values.stream().map(Position::epoch).toArray());
      longs(statement, 4, values.stream().map(Position::nextSequence).toArray());
      longs(statement, 5, values.stream().map(Position::newestSlice).toArray());
      statement.executeUpdate();
    }
  }

  private void update(
      Connection connection, List<Map.Entry<RowState.Key, RowState>> changes, Counting counting)
      throws SQLException {
    boolean told = trail.wantsChanges() || counting.wantsChanges();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE message_queue m SET status = u.status,"
                + " retry_count = m.retry_count + u.retries::integer,"
                + " failure_count = m.failure_count + u.failures::integer,"
                + " next_attempt_at = to_timestamp(nullif(u.retry_at, 0) / 1000.0),"
                + " delivered_at = coalesce(m.delivered_at,"
                + " to_timestamp(nullif(u.delivered, 0) / 1000.0)),"
                + " processed_at = to_timestamp(nullif(u.processed, 0) / 1000.0),"
                + " finished_at = to_timestamp(nullif(u.finished, 0) / 1000.0),"
                + " reason = CASE u.status WHEN 'processed' THEN NULL"
                + " ELSE coalesce(u.reason, m.reason) END"
                + " FROM unnest(?::varchar[], ?::bigint[], ?::bigint[], ?::varchar[],"
                + " ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::varchar[], ?::bigint[],"
                + " ?::bigint[]) AS u (agent_id, epoch, sequence, status, retries, delivered,"
                + " processed, finished, reason, failures, retry_at)"
                + " WHERE m.agent_id = u.agent_id AND m.mailbox_epoch = u.epoch"
                + " AND m.sequence = u.sequence AND m.status IN ('pending', 'delivered')"
                + (told ? " RETURNING " + ChangedRow.COLUMNS : ""))) {
      text(statement, 1, changes.stream().map(c -> c.getKey().recipient()).toArray());
      longs(statement, 2, changes.stream().map(c -> c.getKey().epoch()).toArray());
      longs(statement, 3, changes.stream().map(c -> c.getKey().sequence()).toArray());
      text(statement, 4, changes.stream().map(c -> c.getValue().status.text()).toArray());
      longs(statement, 5, changes.stream().map(c -> (long) c.getValue().retries).toArray());
      longs(statement, 6, changes.stream().map(c -> c.getValue().deliveredAtMillis).toArray());
      longs(statement, 7, changes.stream().map(c -> c.getValue().processedAtMillis).toArray());
      longs(statement, 8, changes.stream().map(c -> c.getValue().finishedAtMillis).toArray());
      text(statement, 9, changes.stream().map(c -> c.getValue().reason).toArray());
      longs(statement, 10, changes.stream().map(c -> (long) c.getValue().failures).toArray());
      longs(statement, 11, changes.stream().map(c -> c.getValue().retryAtMillis).toArray());
      if (!told) {
        statement.executeUpdate();
        return;
      }
      try (ResultSet returned = statement.executeQuery()) {
        List<ChangedRow> rows = ChangedRow.read(returned);
        trail.changed(rows);
        counting.changed(rows, changes);
      }
    }
  }

  private static void writeLog(Connection connection, List<RowChanges.LogRow> log)
      throws SQLException {
    String table =
        "message_delivery_log (agent_id, mailbox_epoch, sequence, segment, position, attempted_at,"
            + " status, reason)";
    try (CopyRows rows = new CopyRows(connection, table)) {
      for (RowChanges.LogRow row : log) {
        rows.row(8)
            .text(row.key().recipient())
            .int8(row.key().epoch())
            .int8(row.key().sequence())
            .int8(row.segment())
            .int4(row.position())
            .time(row.progress().atMillis())
            .text(row.progress().status().text())
            .text(row.progress().reason());
      }
      rows.finish();
    }
  }

  private static void writeWindows(Connection connection, List<SignedWindow> windows)
      throws SQLException {
    if (windows.isEmpty()) {
      return;
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO signing_windows (id, agent_id, session_hash, first_index, leaf_hashes,"
                + " signature, agent_key, signed_at) VALUES (?, ?, ?, ?, ?, ?, ?,"
                + " to_timestamp(? / 1000.0)) ON CONFLICT (id) DO NOTHING")) {
      for (SignedWindow window : windows) {
        statement.setObject(1, window.id());
        statement.setString(2, window.agent());
        statement.setBytes(3, window.sessionHash());
        statement.setLong(4, window.firstIndex());
        statement.setBytes(5, window.leafHashes());
        statement.setBytes(6, window.signature());
        statement.setBytes(7, window.agentKey());
        statement.setLong(8, window.atMillis());
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  private static void text(PreparedStatement statement, int index, @Nullable Object[] values)
      throws SQLException {
    statement.setArray(index, statement.getConnection().createArrayOf("varchar", values));
  }

  private static void longs(PreparedStatement statement, int index, Object[] values)
      throws SQLException {
    statement.setArray(index, statement.getConnection().createArrayOf("bigint", values));
  }
}
