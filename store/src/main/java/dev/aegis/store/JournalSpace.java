package dev.aegis.store;

import java.sql.Statement;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the space of deleted segments free for new ones, so that the journal stays in the same few
/// pages. Left to autovacuum it would grow for a minute at a time, and a new page costs PostgreSQL
/// more than what is written into it. One thread reports; the work is done beside it.
final class JournalSpace {
  private static final Logger LOG = LoggerFactory.getLogger(JournalSpace.class);

  private final Database database;
  private final long everyBytes;
  private final AtomicBoolean vacuuming = new AtomicBoolean();
  private long deletedBytes;

  /// @param everyBytes how much may be deleted before it is made free
  JournalSpace(Database database, long everyBytes) {
    this.database = database;
    this.everyBytes = everyBytes;
  }

  /// Segments of so many bytes have been deleted.
  void deleted(long bytes) {
    deletedBytes += bytes;
    if (deletedBytes >= everyBytes && vacuuming.compareAndSet(false, true)) {
      deletedBytes = 0;
      Thread.startVirtualThread(this::vacuum);
    }
  }

  private void vacuum() {
    try {
      database.run(
          "free the journal's space",
          connection -> {
            try (Statement statement = connection.createStatement()) {
              return statement.execute("VACUUM (TRUNCATE false, PARALLEL 0) journal");
            }
          });
    } catch (StoreException e) {
      LOG.debug("the journal's space is not free yet", e); // autovacuum does it, later
    } finally {
      vacuuming.set(false);
    }
  }
}
