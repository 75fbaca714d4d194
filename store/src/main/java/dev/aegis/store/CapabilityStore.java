package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.sql.Connection;
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
            ? "(SELECT count(*) FROM (SELECT FROM message_queue m WHERE m.agent_id = a.agent_id"
                + " AND m.status"
                + OPEN
                + " LIMIT "
                + MOST_COUNTED
                + ") few)"
            : "0";
    return database.run(
        "read who is able",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT agent_id, organization_id, capabilities, connected, open FROM (SELECT"
                      + " a.agent_id, a.organization_id, a.capabilities, "
                      + RegistryStore.STATE
                      + " AS state, "
                      + RegistryStore.CONNECTED
                      + " AS connected, "
                      + open
                      + " AS open"
                      + RegistryStore.FROM
                      + " WHERE a.capabilities <> '[]' AND a.revoked_at IS NULL"
                      + " AND a.status = 'active') AS able WHERE state = 'healthy'")) {
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
                        row.getInt(5)));
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
  public List<StrandedMessage> stranded(
      LiveTimes times, String afterRecipient, long afterSequence, int limit) {
    return database.run(
        "find stranded work",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT id, sender_id, agent_id, organization_id, mailbox_epoch, sequence,"
                      + " routed_to FROM (SELECT m.id, m.sender_id, m.agent_id, a.organization_id,"
                      + " m.mailbox_epoch, m.sequence, m.routed_to, m.failure_count, a.status,"
                      + " a.revoked_at, "
                      + RegistryStore.STATE
                      + " AS state"
                      + RegistryStore.FROM
                      + " JOIN message_queue m ON m.agent_id = a.agent_id"
                      + " WHERE m.routed_to IS NOT NULL AND m.status"
                      + OPEN
                      + " AND m.agent_id NOT LIKE 'cap:%' AND (m.agent_id, m.sequence) > (?, ?))"
                      + " AS routed WHERE state = 'offline' OR status <> 'active'"
                      + " OR revoked_at IS NOT NULL OR failure_count > 0"
                      + " ORDER BY agent_id, sequence LIMIT ?")) {
            int next = RegistryStore.set(query, times);
            query.setString(next, afterRecipient);
            query.setLong(next + 1, afterSequence);
            query.setInt(next + 2, limit);
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

  /// Moves that are not complete, the oldest first, behind this one. The next recipient is the
  /// reason.
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
                  MessageRows.SELECT
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
                moving.add(new Move(rows.message(row), row.getLong(MessageRows.COLUMNS)));
              }
            }
            return moving;
          }
        });
  }

  /// A move that cannot be completed, because its sender has used the id for another message to the
  /// next recipient: the message is a dead letter.
  public void abandon(String mailbox, long epoch, long sequence) {
    database.run("abandon a move", connection -> abandon(connection, mailbox, epoch, sequence));
  }

  private static boolean abandon(Connection connection, String mailbox, long epoch, long sequence)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE message_queue SET status = 'dead', reason = 'conflict' WHERE agent_id = ?"
                + " AND mailbox_epoch = ? AND sequence = ? AND status = 'moved'"
                + " AND redriven_at IS NULL")) {
      update.setString(1, mailbox);
      update.setLong(2, epoch);
      update.setLong(3, sequence);
      return update.executeUpdate() == 1;
    }
  }
}
