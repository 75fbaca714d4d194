package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class ProjectionIT {
  /// As when the connection breaks after the commit and before its answer.
  @Test
  void writingWhatIsWrittenChangesNothing() {
    DatabaseSettings settings = TestServer.freshDatabase();
    try (Database database = Database.open(settings)) {
      Projection projection = new Projection(database, TestServer.CIPHER);
      MailboxTable mailboxes = new MailboxTable();
      CommitApplier applier = new CommitApplier(mailboxes);
      Committed first = applier.apply(1, List.of(accept(mailboxes)), 0);
      Committed second = applier.apply(2, List.of(accept(mailboxes)), 0);

      projection.write(List.of(first, second));
      projection.write(List.of(first, second));

      assertThat(count(database)).isEqualTo(2);
      projection.write(List.of(applier.apply(3, List.of(accept(mailboxes)), 0)));
      assertThat(count(database)).isEqualTo(3);
    }
  }

  private static Accept accept(MailboxTable mailboxes) {
    Accept accept =
        Accept.of(UUID.randomUUID(), "alice", "bob", "hello".getBytes(StandardCharsets.UTF_8))
            .times(1_000, 0)
            .build();
    MailboxState mailbox = mailboxes.of("bob", 1);
    accept.place(Outcome.STORED, mailbox.epoch(), mailbox.take());
    return accept;
  }

  private static long count(Database database) {
    return database.run(
        "count",
        connection -> {
          try (var statement = connection.createStatement();
              var row = statement.executeQuery("SELECT count(*) FROM message_queue")) {
            row.next();
            return row.getLong(1);
          }
        });
  }
}
