package dev.aegis.store;

import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A journal over a fresh database, and short ways to use it.
final class OpenJournal implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  final DatabaseSettings settings;
  final Database database;
  final RecordingListener listener = new RecordingListener();
  final PostgresJournal journal;
  final MessageStore messages;

  OpenJournal(JournalSettings bounds) {
    this(TestServer.freshDatabase(), bounds);
  }

  OpenJournal(DatabaseSettings settings, JournalSettings bounds) {
    this.settings = settings;
    database = Database.open(settings);
    journal = PostgresJournal.open(database, TestServer.CIPHER, bounds, listener);
    messages = new PostgresMessageStore(database, TestServer.CIPHER, journal);
  }

  /// Bounds that no test reaches by accident.
  static JournalSettings bounds() {
    return bounds(4_096, 8L << 20, 256, 32L << 20);
  }

  static JournalSettings bounds(int queueEntries, long queueBytes, int lagSegments, long lagBytes) {
    return new JournalSettings(
        queueEntries,
        queueBytes,
        64,
        1 << 20,
        lagSegments,
        lagBytes,
        Duration.ofMinutes(10),
        100_000,
        Duration.ofSeconds(20),
        Duration.ofMillis(50),
        InstantSource.system());
  }

  static Accept.Builder message(String sender, String recipient, String text) {
    return Accept.of(UUID.randomUUID(), sender, recipient, text.getBytes(StandardCharsets.UTF_8))
        .routing(1, 2, 1)
        .type("note")
        .times(1_000, 0);
  }

  /// Offers it and waits until it is committed.
  <T extends JournalEntry> T commit(T entry) {
    await().atMost(PATIENCE).until(() -> journal.offer(entry) == Offer.ACCEPTED);
    await().atMost(PATIENCE).until(() -> listener.committed.contains(entry));
    return entry;
  }

  /// Offers all of one priority and waits until they are committed.
  <T extends JournalEntry> List<T> commitAll(List<T> entries) {
    for (T entry : entries) {
      if (journal.offer(entry) != Offer.ACCEPTED) {
        commit(entry);
      }
    }
    await().atMost(PATIENCE).until(() -> listener.committed.contains(entries.getLast()));
    return entries;
  }

  Progress progress(Accept accept, MessageStatus status, @Nullable String reason, long atMillis) {
    return commit(
        Progress.of(
            accept.recipient(),
            accept.mailboxEpoch(),
            accept.sequence(),
            status,
            reason,
            atMillis,
            null));
  }

  /// A statement on a connection of its own, which does not belong to the gateway.
  long number(String sql) throws SQLException {
    try (Connection connection = Database.connect(settings, "test");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  /// Keeps everyone from writing to a table until the connection is closed.
  Connection lockTable(String table) throws SQLException {
    Connection connection = Database.connect(settings, "test");
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LOCK TABLE " + table + " IN EXCLUSIVE MODE");
    }
    return connection;
  }

  @Override
  public void close() {
    journal.close();
    database.close();
  }
}
