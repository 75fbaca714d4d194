package dev.aegis.store;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Reads the rows that a [PostgresJournal] leaves behind. Thread-safe; blocks.
public final class PostgresMessageStore implements MessageStore {
  private static final String OPEN = "status IN ('pending', 'delivered')";
  private static final String SELECT =
      "SELECT id, sender_id, agent_id, mailbox_epoch, sequence, kind, priority, guarantee,"
          + " message_type, channel, conversation_id, correlation_id, encrypted_payload, status,"
          + " reason, retry_count, failure_count, "
          + millis("next_attempt_at")
          + ", "
          + millis("created_at")
          + ", "
          + millis("expires_at")
          + ", "
          + millis("delivered_at")
          + ", "
          + millis("processed_at")
          + ", window_id, leaf_index, "
          + millis("finished_at")
          + " FROM message_queue ";

  private static final int FINISHED = 25;

  private final Database database;
  private final StorageCipher cipher;
  private final PostgresJournal journal;

  public PostgresMessageStore(Database database, StorageCipher cipher, PostgresJournal journal) {
    this.database = database;
    this.cipher = cipher;
    this.journal = journal;
  }

  static String millis(String column) {
    return "(extract(epoch FROM " + column + ") * 1000)::bigint";
  }

  @Override
  public List<StoredMessage> pending(String recipient, PageCursor after, int limit) {
    return select(
        "WHERE agent_id = ? AND (priority, sequence) > (?, ?) AND "
            + OPEN
            + " ORDER BY priority, sequence LIMIT ?",
        query -> {
          query.setString(1, recipient);
          query.setInt(2, after.priority());
          query.setLong(3, after.sequence());
          query.setInt(4, limit);
        });
  }

  @Override
  public List<StoredMessage> load(String recipient, long mailboxEpoch, List<Long> sequences) {
    return select(
        "WHERE agent_id = ? AND mailbox_epoch = ? AND sequence = ANY (?) AND "
            + OPEN
            + " ORDER BY priority, sequence",
        query -> {
          query.setString(1, recipient);
          query.setLong(2, mailboxEpoch);
          query.setArray(3, query.getConnection().createArrayOf("bigint", sequences.toArray()));
        });
  }

  @Override
  public List<MailboxGap> gaps(String recipient, long mailboxEpoch, long afterSequence, int limit) {
    journal.awaitProjected();
    return database.run(
        "read the gaps of a mailbox",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT sequence, status, reason FROM message_queue WHERE agent_id = ?"
                      + " AND mailbox_epoch = ? AND sequence > ?"
                      + " AND status IN ('expired', 'dead', 'failed') ORDER BY sequence LIMIT ?")) {
            query.setString(1, recipient);
            query.setLong(2, mailboxEpoch);
            query.setLong(3, afterSequence);
            query.setInt(4, limit);
            List<MailboxGap> gaps = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                gaps.add(
                    new MailboxGap(row.getLong(1), status(row.getString(2)), row.getString(3)));
              }
            }
            return gaps;
          }
        });
  }

  @Override
  public List<DeadLetter> deadLetters(
      @Nullable String organization,
      @Nullable String recipient,
      DeadLetter.Cursor before,
      int limit) {
    return select(
        "WHERE status = 'dead' AND redriven_at IS NULL AND (?::varchar IS NULL OR agent_id = ?)"
            + " AND (?::varchar IS NULL OR agent_id IN"
            + " (SELECT agent_id FROM agents WHERE organization_id = ?))"
            + " AND finished_at <= to_timestamp(? / 1000.0)"
            + " AND (finished_at, id) < (to_timestamp(? / 1000.0), ?)"
            + " ORDER BY finished_at DESC, id DESC LIMIT ?",
        query -> {
          query.setString(1, recipient);
          query.setString(2, recipient);
          query.setString(3, organization);
          query.setString(4, organization);
          query.setLong(5, before.atMillis());
          query.setLong(6, before.atMillis());
          query.setObject(7, before.id());
          query.setInt(8, limit);
        },
        row -> new DeadLetter(message(row), row.getLong(FINISHED)));
  }

  @Override
  public List<StoredMessage> expired(long nowMillis, int limit) {
    return select(
        "WHERE expires_at <= to_timestamp(? / 1000.0) AND " + OPEN + " ORDER BY expires_at LIMIT ?",
        query -> {
          query.setLong(1, nowMillis);
          query.setInt(2, limit);
        });
  }

  @Override
  public Optional<StoredMessage> find(UUID id) {
    return select(
            "WHERE id = ? ORDER BY redriven_at NULLS FIRST, created_at, sequence LIMIT 1",
            query -> query.setObject(1, id))
        .stream()
        .findFirst();
  }

  @Override
  public List<StoredMessage> recent(
      @Nullable String sender,
      @Nullable String recipient,
      @Nullable MessageStatus status,
      long beforeMillis,
      int limit) {
    return select(
        "WHERE (?::varchar IS NULL OR sender_id = ?) AND (?::varchar IS NULL OR agent_id = ?)"
            + " AND (?::varchar IS NULL OR status = ?) AND created_at < to_timestamp(? / 1000.0)"
            + " ORDER BY created_at DESC, sequence DESC LIMIT ?",
        query -> {
          query.setString(1, sender);
          query.setString(2, sender);
          query.setString(3, recipient);
          query.setString(4, recipient);
          query.setString(5, status == null ? null : status.text());
          query.setString(6, status == null ? null : status.text());
          query.setLong(7, beforeMillis);
          query.setInt(8, limit);
        });
  }

  private List<StoredMessage> select(String where, Binder binder) {
    return select(where, binder, this::message);
  }

  private <T> List<T> select(String where, Binder binder, Reader<T> reader) {
    journal.awaitProjected();
    return database.run(
        "read messages",
        connection -> {
          try (PreparedStatement query = connection.prepareStatement(SELECT + where)) {
            binder.bind(query);
            List<T> read = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                read.add(reader.read(row));
              }
            }
            return read;
          }
        });
  }

  private StoredMessage message(ResultSet row) throws SQLException {
    UUID id = row.getObject(1, UUID.class);
    String sender = row.getString(2);
    String recipient = row.getString(3);
    return new StoredMessage(
        id,
        sender,
        recipient,
        row.getLong(4),
        row.getLong(5),
        row.getInt(6),
        row.getInt(7),
        row.getInt(8),
        row.getString(9),
        row.getString(10),
        row.getObject(11, UUID.class),
        row.getObject(12, UUID.class),
        open(row.getBytes(13), id, sender, recipient),
        status(row.getString(14)),
        row.getString(15),
        row.getInt(16),
        row.getInt(17),
        row.getLong(18),
        row.getLong(19),
        row.getLong(20),
        row.getLong(21),
        row.getLong(22),
        row.getObject(23, UUID.class),
        row.getInt(24));
  }

  private byte[] open(byte[] sealed, UUID id, String sender, String recipient) {
    try {
      return cipher.open(sealed, Accept.associatedData(id, sender, recipient));
    } catch (AuthenticationException e) {
      throw new StoreException.Rejected("a stored message does not open", e);
    }
  }

  static MessageStatus status(String text) {
    MessageStatus status = MessageStatus.ofText(text);
    if (status == null) {
      throw new StoreException.Rejected("a stored message has an unknown status", null);
    }
    return status;
  }

  @Override
  public List<MessageEvent> history(UUID id) {
    return find(id).map(this::history).orElse(List.of());
  }

  private List<MessageEvent> history(StoredMessage message) {
    return database.run(
        "read a message's history",
        connection ->
            new MessageHistory(connection).of(message.id(), message.sender(), message.recipient()));
  }

  @Override
  public Optional<MessageProof> proof(UUID id) {
    return find(id)
        .flatMap(message -> {
          UUID windowId = message.windowId();
          return windowId == null
              ? Optional.empty()
              : window(windowId)
                  .map(window ->
                      new MessageProof(id, message.envelope(), message.leafIndex(), window));
        });
  }

  private Optional<SignedWindow> window(UUID id) {
    return database.run(
        "read a signing window",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT agent_id, session_hash, first_index, leaf_hashes, signature, agent_key, "
                      + millis("signed_at")
                      + " FROM signing_windows WHERE id = ?")) {
            query.setObject(1, id);
            try (ResultSet row = query.executeQuery()) {
              return row.next()
                  ? Optional.of(
                      new SignedWindow(
                          id,
                          row.getString(1),
                          row.getBytes(2),
                          row.getLong(3),
                          row.getBytes(4),
                          row.getBytes(5),
                          row.getBytes(6),
                          row.getLong(7)))
                  : Optional.<SignedWindow>empty();
            }
          }
        });
  }

  @Override
  public Map<MessageStatus, Long> countByStatus() {
    journal.awaitProjected();
    return database.run(
        "count messages",
        connection -> {
          Map<MessageStatus, Long> counts = new EnumMap<>(MessageStatus.class);
          try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT status, count(*) FROM message_queue GROUP BY status");
              ResultSet row = query.executeQuery()) {
            while (row.next()) {
              counts.put(status(row.getString(1)), row.getLong(2));
            }
          }
          return counts;
        });
  }

  @Override
  public long[] openByClass() {
    journal.awaitProjected();
    return database.run(
        "count open messages",
        connection -> {
          long[] counts = new long[JournalSettings.CLASSES];
          try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT priority, count(*) FROM message_queue WHERE "
                          + OPEN
                          + " GROUP BY priority");
              ResultSet row = query.executeQuery()) {
            while (row.next()) {
              counts[row.getInt(1)] = row.getLong(2);
            }
          }
          return counts;
        });
  }

  private interface Binder {
    void bind(PreparedStatement query) throws SQLException;
  }

  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }
}
