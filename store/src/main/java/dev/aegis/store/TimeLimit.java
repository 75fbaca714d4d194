package dev.aegis.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// How long the statements of one transaction may take together. The server gives up on each when
/// the time is over, so that it does not go on with what nobody waits for. See [Database#inTime].
/// Confined to one thread.
final class TimeLimit {
  /// The server, or [#check], gave up.
  static final String CANCELLED = "57014";

  private final Duration most;
  private final long endNanos;

  TimeLimit(Duration most) {
    this.most = most;
    this.endNanos = System.nanoTime() + most.toNanos();
  }

  /// Gives the statements behind this what is left of the time. A cursor has that for each fetch.
  void set(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(setting());
    }
  }

  /// The same as SQL, for whoever has more to set.
  String setting() throws SQLException {
    check();
    long left = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
    return "SET LOCAL statement_timeout = " + Math.max(1, left); // 0 is for ever
  }

  /// For whoever fetches much: each fetch counts for itself at the server.
  void check() throws SQLException {
    if (System.nanoTime() - endNanos >= 0) {
      throw new SQLTimeoutException("more than " + most.toMillis() + " ms", CANCELLED);
    }
  }
}
