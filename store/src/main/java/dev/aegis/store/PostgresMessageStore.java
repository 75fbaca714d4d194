package dev.aegis.store;

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

  private final Database database;
  private final MessageRows rows;
  private final OpenMessages open;
  private final MessageLists lists;
  private final PostgresJournal journal;

  public PostgresMessageStore(Database database, StorageCipher cipher, PostgresJournal journal) {
    this.database = database;
    this.rows = new MessageRows(cipher);
    this.open = new OpenMessages(database, cipher, journal);
    this.lists = new MessageLists(database, cipher);
    this.journal = journal;
  }

  @Override
  public List<StoredMessage> pending(String recipient, PageCursor after, int limit) {
    return open.page(recipient, after, limit);
  }

  @Override
  public List<StoredMessage> heads(String recipient, PageCursor after, int limit) {
    return open.heads(recipient, after, limit);
  }

  @Override
  public List<StoredMessage> load(String recipient, long mailboxEpoch, List<Long> sequences) {
    return open.load(recipient, mailboxEpoch, sequences);
  }

  @Override
  public List<StoredMessage> expired(long nowMillis, int limit) {
    return open.expired(nowMillis, limit);
  }

  /// Waits until all that is committed here by now has its rows and is in the audit trail.
  ///
  /// @throws StoreException.Unavailable not in time
  public void awaitWritten() {
    journal.awaitProjected();
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
                      + " AND status IN ('expired', 'dead', 'failed', 'moved') ORDER BY sequence LIMIT ?")) {
            query.setString(1, recipient);
            query.setLong(2, mailboxEpoch);
            query.setLong(3, afterSequence);
            query.setInt(4, limit);
            List<MailboxGap> gaps = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                gaps.add(
                    new MailboxGap(
                        row.getLong(1), MessageRows.status(row.getString(2)), row.getString(3)));
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
            + " (SELECT agent_id FROM agents WHERE organization_id = ?)"
            + " OR starts_with(agent_id, 'cap:' || ? || '#'))" // work that nobody had
            + " AND finished_at <= to_timestamp(? / 1000.0)"
            + " AND (finished_at, id) < (to_timestamp(? / 1000.0), ?)"
            + " ORDER BY finished_at DESC, id DESC LIMIT ?",
        query -> {
          query.setString(1, recipient);
          query.setString(2, recipient);
          query.setString(3, organization);
          query.setString(4, organization);
          query.setString(5, organization);
          query.setLong(6, before.atMillis());
          query.setLong(7, before.atMillis());
          query.setObject(8, before.id());
          query.setInt(9, limit);
        },
        rows::deadLetter);
  }

  /// What has moved on is where it is now, or nowhere any more.
  @Override
  public Optional<StoredMessage> find(UUID id) {
    return select(
            "WHERE id = ? AND (status <> 'moved' OR redriven_at IS NULL)"
                + " ORDER BY status = 'moved', redriven_at NULLS FIRST, status <> 'dead',"
                + " created_at, finished_at DESC, sequence LIMIT 1",
            query -> query.setObject(1, id))
        .stream()
        .findFirst();
  }

  @Override
  public MessageList list(
      MessageFilter filter, MessageList.Position from, int limit, long nowMillis) {
    journal.awaitProjected();
    return lists.page(filter, from, limit, nowMillis);
  }

  private List<StoredMessage> select(String where, MessageRows.Binder binder) {
    return select(where, binder, rows::message);
  }

  private <T> List<T> select(String where, MessageRows.Binder binder, Reader<T> reader) {
    journal.awaitProjected();
    return database.run(
        "read messages",
        connection -> {
          try (PreparedStatement query = connection.prepareStatement(MessageRows.SELECT + where)) {
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

  @Override
  public List<MessageEvent> history(UUID id) {
    return find(id).map(this::history).orElse(List.of());
  }

  private List<MessageEvent> history(StoredMessage message) {
    return database.run(
        "read a message's history", connection -> new MessageHistory(connection).of(message));
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
                      + MessageRows.millis("signed_at")
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
  public long countOpen(String recipient) {
    if (journal.mailboxes().owns(recipient)) {
      return journal.mailboxes().depth(recipient).messages();
    }
    return database.run(
        "count the open messages of a mailbox",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT count(*) FROM message_queue WHERE agent_id = ? AND " + OPEN)) {
            query.setString(1, recipient);
            try (ResultSet row = query.executeQuery()) {
              return row.next() ? row.getLong(1) : 0L;
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
              counts.put(MessageRows.status(row.getString(1)), row.getLong(2));
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

  private interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }
}
