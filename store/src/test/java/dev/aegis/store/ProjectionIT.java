package dev.aegis.store;

import static dev.aegis.store.MessageStatus.DELIVERED;
import static dev.aegis.store.MessageStatus.PENDING;
import static dev.aegis.store.MessageStatus.PROCESSED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ProjectionIT {
  private final DatabaseSettings settings = TestServer.freshDatabase();
  private final MailboxTable mailboxes = new MailboxTable();
  private final CommitApplier applier = new CommitApplier(mailboxes);
  private Database database;
  private Projection projection;

  @BeforeEach
  void open() {
    database = Database.open(settings);
    projection = projection(0);
  }

  @AfterEach
  void close() {
    database.close();
  }

  /// As when the connection breaks after the commit and before its answer.
  @Test
  void writingWhatIsWrittenChangesNothing() {
    Committed first = segment(1, accept());
    Committed second = segment(2, accept());

    projection.write(List.of(first, second), List.of());
    projection.write(List.of(first, second), List.of());

    assertThat(rows()).hasSize(2);
    projection.write(List.of(segment(3, accept())), List.of());
    assertThat(rows()).hasSize(3);
  }

  /// A server killed alone must not lose what the gateway believes to be in the rows.
  @Test
  void rowsAreOnDiskBeforeTheyCountWhateverTheServersDefaultIs() {
    execute(
        "ALTER DATABASE " + settings.url().replaceAll(".*/", "") + " SET synchronous_commit = off");
    execute(
        """
        CREATE TABLE seen (setting text);
        CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN INSERT INTO seen SELECT current_setting('synchronous_commit'); RETURN NULL; END $$;
        CREATE TRIGGER see AFTER INSERT ON message_queue EXECUTE FUNCTION see();
        """);
    close();
    open();

    projection.write(List.of(segment(1, accept())), List.of());

    assertThat(strings("SELECT setting FROM seen")).containsExactly("on");
  }

  @Test
  void whatIsProcessedByThenIsWrittenOnceAndAsProcessed() {
    Committed accepted = segment(1, accept(), accept());
    Committed delivered = segment(2, progress(1, DELIVERED, null, 2_000));
    Committed processed = segment(3, progress(1, PROCESSED, null, 3_000));

    assertThat(projection.write(List.of(accepted), List.of(delivered, processed)))
        .isEqualTo(new Projection.Written(2, 0));
    assertThat(rows()).containsExactly("1 processed 0 delivered 2 processed 3", "2 pending 0");
    assertThat(projection.write(List.of(delivered), List.of(processed)))
        .isEqualTo(new Projection.Written(0, 0));
    assertThat(projection.write(List.of(processed), List.of()))
        .isEqualTo(new Projection.Written(0, 0));
    assertThat(rows()).containsExactly("1 processed 0 delivered 2 processed 3", "2 pending 0");
  }

  @Test
  void whatWasTriedAgainCountsItsAttemptsBeforeItIsProcessed() {
    Committed accepted = segment(1, accept());
    Committed failed = segment(2, progress(1, PENDING, "no", 2_000));
    Committed processed = segment(3, progress(1, PROCESSED, null, 3_000));

    projection.write(List.of(accepted), List.of(failed, processed));
    assertThat(rows()).containsExactly("1 pending 0");
    projection.write(List.of(failed), List.of(processed));
    assertThat(rows()).containsExactly("1 pending 1");
    projection.write(List.of(processed), List.of());
    assertThat(rows()).containsExactly("1 processed 1 processed 3");
  }

  /// As when the rows of a look ahead are on disk and the segments behind them are read again.
  @Test
  void aSegmentWhoseEffectsAreInTheRowsAlreadyChangesNothing() {
    Committed accepted = segment(1, accept());
    Committed processed = segment(2, progress(1, PROCESSED, null, 3_000));

    projection(0).write(List.of(accepted), List.of(processed));
    projection(1).write(List.of(processed), List.of());

    assertThat(rows()).containsExactly("1 processed 0 processed 3");
  }

  /// A gateway that lost its journal to another one must not write over what that one wrote.
  @Test
  void whoIsBehindTheCheckpointWritesNothing() {
    Projection late = projection(0);
    Committed first = segment(1, accept());
    projection.write(List.of(first), List.of());
    Committed second = segment(2, accept());

    assertThatThrownBy(() -> late.write(List.of(first, second), List.of()))
        .isInstanceOf(StoreException.Rejected.class);
    assertThat(rows()).hasSize(1);
  }

  private Projection projection(long written) {
    return new Projection(
        database,
        TestServer.CIPHER,
        database.journal(),
        database.journal().base() + written,
        MessageTrail.of(database.journal(), OpenJournal.bounds()));
  }

  private Committed segment(long number, JournalEntry... entries) {
    return applier.apply(database.journal().base() + number, List.of(entries), 0);
  }

  private static Progress progress(
      long sequence, MessageStatus status, @Nullable String reason, long atMillis) {
    return Progress.of("bob", 1, sequence, status, reason, atMillis, null);
  }

  /// Sequence, status and retries of each, and the seconds of what happened to it.
  private List<String> rows() {
    return strings(
        "SELECT concat_ws(' ', sequence, status, retry_count,"
            + " 'delivered ' || extract(epoch FROM delivered_at)::bigint,"
            + " 'processed ' || extract(epoch FROM processed_at)::bigint)"
            + " FROM message_queue ORDER BY sequence");
  }

  private void execute(String statements) {
    database.run(
        "prepare a test",
        connection -> {
          try (var statement = connection.createStatement()) {
            return statement.execute(statements);
          }
        });
  }

  private List<String> strings(String query) {
    return database.run(
        "read rows",
        connection -> {
          List<String> rows = new ArrayList<>();
          try (var statement = connection.createStatement();
              var row = statement.executeQuery(query)) {
            while (row.next()) {
              rows.add(row.getString(1));
            }
          }
          return rows;
        });
  }

  private Accept accept() {
    Accept accept =
        Accept.of(UUID.randomUUID(), "alice", "bob", "hello".getBytes(StandardCharsets.UTF_8))
            .times(1_000, 0)
            .build();
    MailboxState mailbox = mailboxes.of("bob", 1);
    accept.place(Outcome.STORED, mailbox.epoch(), mailbox.take());
    return accept;
  }
}
