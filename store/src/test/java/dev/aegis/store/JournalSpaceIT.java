package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class JournalSpaceIT {
  private static final int SEGMENT_BYTES = 1 << 20;

  @Test
  void theJournalStaysInTheSamePages() {
    try (Database database = Database.open(TestServer.freshDatabase())) {
      JournalSpace space = new JournalSpace(database, 4L * SEGMENT_BYTES);
      byte[] body = new byte[SEGMENT_BYTES];
      new Random(1).nextBytes(body);
      for (int segment = 1; segment <= 40; segment++) {
        writeAndDelete(database, segment, body);
        long vacuums = vacuums(database);
        space.deleted(SEGMENT_BYTES);
        if (segment % 4 == 0) {
          await().atMost(OpenJournal.PATIENCE).until(() -> vacuums(database) > vacuums);
        }
      }
      assertThat(size(database)).isLessThan(16L * SEGMENT_BYTES);
    }
  }

  private static void writeAndDelete(Database database, int segment, byte[] body) {
    database.run(
        "write and delete a segment",
        connection -> {
          try (PreparedStatement insert =
                  connection.prepareStatement("INSERT INTO journal VALUES (?, 1, ?)");
              Statement delete = connection.createStatement()) {
            insert.setLong(1, segment);
            insert.setBytes(2, body);
            insert.executeUpdate();
            return delete.executeUpdate("DELETE FROM journal");
          }
        });
  }

  private static long vacuums(Database database) {
    return number(
        database, "SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'journal'");
  }

  private static long size(Database database) {
    return number(database, "SELECT pg_total_relation_size('journal')");
  }

  private static long number(Database database, String sql) {
    return database.run("ask", connection -> number(connection, sql));
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
