package dev.aegis.store;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Tries a statement of a journal writer again while the database may come back soon.
///
/// @param patience how long, from the first failure of a statement
/// @param hopeless whether to give up at once
record CommitRetry(Duration patience, BooleanSupplier hopeless) {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  interface Statement<T> {
    T run() throws SQLException;
  }

  /// Each try after a failure has a new connection. Whatever the statement does must be the same
  /// when it is done twice.
  ///
  /// @throws StoreException it did not work in time, or never will
  <T> T run(JournalTable table, String what, Statement<T> statement) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        return statement.run();
      } catch (SQLException e) {
        table.reset();
        StoreException failure = StoreException.of("cannot " + what, e);
        boolean lasting = failure instanceof StoreException.Rejected;
        if (lasting || hopeless.getAsBoolean() || System.nanoTime() - deadline >= 0) {
          throw failure;
        }
        LockSupport.parkNanos(this, PAUSE_NANOS);
      }
    }
  }
}
