package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What routing by capability asks of the rows: who is able, whose work has to move on, and which
/// moves are under way. Thread-safe; blocks; throws [StoreException].
///
/// A move is a row with the status `moved` that names the next recipient, and then a row of that
/// one. The first without the second is a move that has to be completed.
public final class CapabilityStore {
  /// How far an agent's open messages are counted.
  public static final int MOST_COUNTED = 1_000;

  private static final String OPEN = " IN ('pending', 'delivered')";

  private static final String UNSETTLED =
      "WHERE agent_id = ? AND mailbox_epoch = ? AND sequence = ? AND status = 'moved'"
          + " AND redriven_at IS NULL";

  /// Work that an agent has; the conditions are those of its index.
  private static final String ROUTED =
      "m.routed_to IS NOT NULL AND m.status" + OPEN + " AND m.agent_id NOT LIKE 'cap:%'";

  private static final String STRANDED_COLUMNS =
      "m.id, m.sender_id, m.agent_id, m.mailbox_epoch, m.sequence, m.routed_to";

  private static final String STRANDED =
      "WITH RECURSIVE gone AS MATERIALIZED (SELECT agent_id FROM (SELECT a.agent_id, a.status,"
          + " a.revoked_at, "
          + RegistryStore.STATE
          + " AS state"
          + RegistryStore.FROM
          + " WHERE a.agent_id IN (SELECT agent_id FROM busy)) known WHERE state = 'offline'"
          + " OR status <> 'active' OR revoked_at IS NOT NULL),"
          + " busy (agent_id) AS ((SELECT m.agent_id FROM message_queue m WHERE "
          + ROUTED
          + " AND m.agent_id >= ? ORDER BY m.agent_id LIMIT 1) UNION ALL"
          + " SELECT (SELECT m.agent_id FROM message_queue m WHERE "
          + ROUTED
          + " AND m.agent_id > busy.agent_id ORDER BY m.agent_id LIMIT 1)"
          + " FROM busy WHERE busy.agent_id IS NOT NULL)"
          + " SELECT s.id, s.sender_id, s.agent_id, a.organization_id, s.mailbox_epoch, s.sequence,"
          + " s.routed_to FROM (SELECT work.* FROM gone CROSS JOIN LATERAL (SELECT "
          + STRANDED_COLUMNS
          + " FROM message_queue m WHERE m.agent_id = gone.agent_id AND "
          + ROUTED
          + " AND (m.agent_id, m.sequence) > (?, ?) ORDER BY m.agent_id, m.sequence LIMIT ?) work"
          + " UNION (SELECT "
          + STRANDED_COLUMNS
          + " FROM message_queue m WHERE "
          + ROUTED
          + " AND m.failure_count > 0 AND (m.agent_id, m.sequence) > (?, ?)"
          + " ORDER BY m.agent_id, m.sequence LIMIT ?)) s"
          + " JOIN agents a ON a.agent_id = s.agent_id ORDER BY s.agent_id, s.sequence LIMIT ?";

  private final Database database;
  private final MessageRows rows;
  private final InstantSource clock;

  public CapabilityStore(Database database, StorageCipher cipher, InstantSource clock) {
    this.database = database;
    this.rows = new MessageRows(cipher);
    this.clock = clock;
  }

  /// All agents that may be chosen.
  ///
  /// @param counted whether to count what is open for each, which nobody else can tell of agents of
  ///   other nodes
  public List<AbleAgent> able(LiveTimes times, boolean counted) {
    String open =
        counted
            ? " CROSS JOIN LATERAL (SELECT count(*) AS open, coalesce(sum(size), 0) AS bytes FROM"
                + " (SELECT octet_length(m.encrypted_payload) AS size FROM message_queue m"
                + " WHERE m.agent_id = able.agent_id AND m.status"
                + OPEN
                + " LIMIT "
                + MOST_COUNTED
                + ") few) counted"
            : " CROSS JOIN (SELECT 0 AS open, 0 AS bytes) counted";
    return database.run(
        "read who is able",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT agent_id, organization_id, capabilities, connected, open, bytes FROM"
                      + " (SELECT a.agent_id, a.organization_id, a.capabilities, "
                      + RegistryStore.STATE
                      + " AS state, "
                      + RegistryStore.CONNECTED
                      + " AS connected"
                      + RegistryStore.FROM
                      + " WHERE a.capabilities <> '[]' AND a.revoked_at IS NULL"
                      + " AND a.status = 'active') AS able"
                      + open
                      + " WHERE state = 'healthy'")) {
            RegistryStore.set(query, times);
            List<AbleAgent> able = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                able.add(
                    new AbleAgent(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getBoolean(4),
                        row.getInt(5),
                        row.getLong(6)));
              }
            }
            return able;
          }
        });
  }

  /// The mailboxes of work that nobody has yet.
  public List<String> pools() {
    return database.run(
        "find pools",
        connection -> {
          try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT agent_id FROM mailboxes WHERE agent_id LIKE 'cap:%'");
              ResultSet row = query.executeQuery()) {
            List<String> pools = new ArrayList<>();
            while (row.next()) {
              pools.add(row.getString(1));
            }
            return pools;
          }
        });
  }

  /// Open messages routed by capability that their agents will hardly finish soon: those of agents
  /// that are offline, revoked or not active, and those that failed once. By recipient and
  /// sequence, behind these.
  ///
  /// Which agents have such work at all is told by one look into the index for each of them,
  /// however much work it is.
  public List<StrandedMessage> stranded(
      LiveTimes times, String afterRecipient, long afterSequence, int limit) {
    return database.run(
        "find stranded work",
        connection -> {
          try (PreparedStatement query = connection.prepareStatement(STRANDED)) {
            int next = RegistryStore.set(query, times);
            query.setString(next++, afterRecipient);
            for (int part = 0; part < 2; part++) {
              query.setString(next++, afterRecipient);
              query.setLong(next++, afterSequence);
              query.setInt(next++, limit);
            }
            query.setInt(next, limit);
            List<StrandedMessage> stranded = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                stranded.add(
                    new StrandedMessage(
                        row.getObject(1, UUID.class),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getLong(5),
                        row.getLong(6),
                        row.getString(7)));
              }
            }
            return stranded;
          }
        });
  }

  /// Whose mailboxes the messages of these ids have been in, pools included.
  public Map<UUID, Set<String>> visited(Collection<UUID> ids) {
    if (ids.isEmpty()) {
      return Map.of();
    }
    return database.run(
        "find where work has been",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT id, agent_id FROM message_queue WHERE id = ANY (?)")) {
            query.setArray(1, connection.createArrayOf("uuid", ids.toArray()));
            Map<UUID, Set<String>> visited = new HashMap<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                visited
                    .computeIfAbsent(row.getObject(1, UUID.class), _ -> new HashSet<>())
                    .add(row.getString(2));
              }
            }
            return visited;
          }
        });
  }

  /// Notes which moves are complete: whose message is a row of the next recipient.
  ///
  /// @return how many
  public int settle() {
    return database.run(
        "settle moves",
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE message_queue SET redriven_at = to_timestamp(? / 1000.0)"
                      + " WHERE ctid IN (SELECT m.ctid FROM message_queue m WHERE"
                      + " m.status = 'moved' AND m.redriven_at IS NULL AND EXISTS (SELECT FROM"
                      + " message_queue n WHERE n.id = m.id AND n.sender_id = m.sender_id"
                      + " AND n.agent_id = m.reason AND n.digest = m.digest)"
                      + " LIMIT 10000 FOR UPDATE OF m SKIP LOCKED)")) {
            update.setLong(1, clock.millis());
            return update.executeUpdate();
          }
        });
  }

  /// Moves that are not complete, the oldest first, behind this one, without their envelopes. The
  /// next recipient is the reason.
  ///
  /// @param beforeMillis of those out of pools only what began before: somebody may be about to
  ///   complete what is younger
  /// @param after the last one of the page before, or null
  public List<Move> moving(long beforeMillis, Move.@Nullable Cursor after, int limit) {
    Move.Cursor from = after == null ? Move.Cursor.START : after;
    return database.run(
        "find moves",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  MessageRows.HEADS
                      + "WHERE status = 'moved' AND redriven_at IS NULL"
                      + " AND (agent_id NOT LIKE 'cap:%' OR"
                      + " finished_at <= to_timestamp(? / 1000.0))"
                      + " AND (finished_at, agent_id, sequence) > (to_timestamp(? / 1000.0), ?, ?)"
                      + " ORDER BY finished_at, agent_id, sequence LIMIT ?")) {
            query.setLong(1, beforeMillis);
            query.setLong(2, from.atMillis());
            query.setString(3, from.recipient());
            query.setLong(4, from.sequence());
            query.setInt(5, limit);
            List<Move> moving = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                moving.add(new Move(rows.message(row), row.getLong(MessageRows.FINISHED)));
              }
            }
            return moving;
          }
        });
  }

  /// A move that is not complete, with its envelope.
  public Optional<StoredMessage> moved(String mailbox, long epoch, long sequence) {
    return database.run(
        "read a move",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(MessageRows.SELECT + UNSETTLED)) {
            bind(query, 1, mailbox, epoch, sequence);
            try (ResultSet row = query.executeQuery()) {
              return row.next() ? Optional.of(rows.message(row)) : Optional.<StoredMessage>empty();
            }
          }
        });
  }

  /// A move that cannot be completed, because its sender has used the id for another message to the
  /// next recipient: the message is a dead letter.
  ///
  /// @return false where it was not to be completed any more
  public boolean abandon(String mailbox, long epoch, long sequence) {
    return end("abandon a move", MessageStatus.DEAD, "conflict", mailbox, epoch, sequence);
  }

  /// A move whose message has lost its worth before it could be completed.
  ///
  /// @return false where it was not to be completed any more
  public boolean expire(String mailbox, long epoch, long sequence) {
    return end("end a move", MessageStatus.EXPIRED, "expired", mailbox, epoch, sequence);
  }

  private boolean end(
      String what, MessageStatus status, String reason, String mailbox, long epoch, long sequence) {
    return database.run(
        what,
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE message_queue SET status = ?, reason = ? " + UNSETTLED)) {
            update.setString(1, status.text());
            update.setString(2, reason);
            bind(update, 3, mailbox, epoch, sequence);
            return update.executeUpdate() == 1;
          }
        });
  }

  private static void bind(
      PreparedStatement statement, int first, String mailbox, long epoch, long sequence)
      throws SQLException {
    statement.setString(first, mailbox);
    statement.setLong(first + 1, epoch);
    statement.setLong(first + 2, sequence);
  }
}
