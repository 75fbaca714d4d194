package dev.aegis.store;

import dev.aegis.store.audit.Retention;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The partitions of the audit trail: made ahead of their time, and dropped when all in them is
/// older than its retention. One node at a time; whoever writes or reads the trail meanwhile waits
/// a moment at most. Blocks; throws [StoreException]. Confined to one thread.
public final class TrailPartitions {
  private static final Logger LOG = LoggerFactory.getLogger(TrailPartitions.class);
  private static final int AHEAD = 4;
  private static final long DAY_MILLIS = TimeUnit.DAYS.toMillis(1);
  private static final long GRACE_MILLIS = TimeUnit.HOURS.toMillis(1);
  private static final long LOCK = 0x6165_6769_7361_7564L; // "aegisaud"
  private static final DateTimeFormatter NAME = DateTimeFormatter.BASIC_ISO_DATE;

  private static final String LOCKED = "55P03";

  /// Most that is moved in one transaction, which those who write or read the trail wait for.
  private static final long MOST_BYTES = 256L * 1024 * 1024;

  /// About what a page takes beside its body.
  private static final int PAGE_BYTES = 256;

  private final Database database;
  private final long mostBytes;

  /// What the last run could not do, and said.
  private Set<String> failed = Set.of();

  private final Set<String> failing = new HashSet<>();

  public TrailPartitions(Database database) {
    this(database, MOST_BYTES);
  }

  /// @param mostBytes pages that found no partition are moved into one up to so many
  TrailPartitions(Database database, long mostBytes) {
    this.database = database;
    this.mostBytes = mostBytes;
  }

  /// Makes what is missing, also for what found no partition when it was written, and drops what is
  /// over, an hour late: an export that has begun finds what it said it would.
  public void maintain(long nowMillis) {
    failing.clear();
    for (Retention retention : Retention.values()) {
      Set<LocalDate> there = partitions(retention);
      long keptFrom = retention.keptFrom(nowMillis - GRACE_MILLIS);
      LocalDate first = retention.unit(keptFrom);
      Set<LocalDate> wanted = strays(retention, first);
      LocalDate unit = retention.unit(nowMillis);
      for (int i = 0; i < AHEAD; i++) {
        wanted.add(unit);
        unit = retention.next(unit);
      }
      wanted.removeAll(there);
      wanted.forEach(missing -> make(retention, missing));
      if (retention != Retention.FOREVER) {
        for (LocalDate old : there) {
          if (old.isBefore(first)) {
            drop(retention, old);
          }
        }
        clear(retention, keptFrom);
      }
    }
    failed = Set.copyOf(failing);
  }

  private Set<LocalDate> partitions(Retention retention) {
    String parent = parent(retention);
    return database.run(
        "list the partitions of the audit trail",
        connection -> {
          Set<LocalDate> found = new TreeSet<>();
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                      + " WHERE i.inhparent = ?::regclass AND c.relname ~ '_[0-9]{8}$'")) {
            query.setString(1, parent);
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                String name = row.getString(1);
                found.add(LocalDate.parse(name.substring(name.length() - 8), NAME));
              }
            }
          }
          return found;
        });
  }

  /// The times of pages that found no partition, and are kept.
  private Set<LocalDate> strays(Retention retention, LocalDate first) {
    Set<LocalDate> found = new TreeSet<>();
    change(
        "look for what has no partition in " + rest(retention),
        run -> {
          try (ResultSet row =
              run.executeQuery(
                  "SELECT DISTINCT at / "
                      + DAY_MILLIS
                      + " FROM "
                      + rest(retention)
                      + " WHERE at >= "
                      + Retention.millis(first))) {
            while (row.next()) {
              found.add(retention.unit(row.getLong(1) * DAY_MILLIS));
            }
          }
        });
    return found;
  }

  /// Makes a partition with the pages of its time that there are already. It is made beside the
  /// table and then attached, which nobody waits for who writes or reads other partitions.
  private void make(Retention retention, LocalDate unit) {
    String parent = parent(retention);
    String name = name(retention, unit);
    long from = Retention.millis(unit);
    long to = Retention.millis(retention.next(unit));
    String ofTime = rest(retention) + " WHERE at >= " + from + " AND at < " + to;
    change(
        "make " + name,
        run -> {
          run.execute("LOCK TABLE " + rest(retention) + " IN ACCESS EXCLUSIVE MODE");
          long bytes = bytes(run, ofTime);
          if (bytes > mostBytes) {
            throw new StoreException.Rejected(
                bytes + " bytes of its time are in " + rest(retention) + ", too many to move",
                null);
          }
          run.execute("CREATE TABLE " + name + " (LIKE " + parent + " INCLUDING STORAGE)");
          int moved =
              run.executeUpdate(
                  "WITH moved AS (DELETE FROM "
                      + ofTime
                      + " RETURNING *) INSERT INTO "
                      + name
                      + " SELECT * FROM moved");
          run.execute(
              "ALTER TABLE "
                  + parent
                  + " ATTACH PARTITION "
                  + name
                  + " FOR VALUES FROM ("
                  + from
                  + ") TO ("
                  + to
                  + ")");
          if (moved > 0) {
            LOG.info("{} pages of the audit trail have found their way into {}", moved, name);
          }
        });
  }

  private static long bytes(Statement run, String ofTime) throws SQLException {
    try (ResultSet row =
        run.executeQuery(
            "SELECT coalesce(sum(octet_length(body) + octet_length(keys) + "
                + PAGE_BYTES
                + "), 0) FROM "
                + ofTime)) {
      row.next();
      return row.getLong(1);
    }
  }

  private void drop(Retention retention, LocalDate unit) {
    if (change(
        "drop " + name(retention, unit),
        run -> run.execute("DROP TABLE " + name(retention, unit)))) {
      LOG.info("dropped the audit trail of {}, which is kept for {} days", unit, retention.code());
    }
  }

  /// What found no partition when it was written.
  private void clear(Retention retention, long beforeMillis) {
    change(
        "clear what is older than " + retention.code() + " days",
        run -> run.execute("DELETE FROM " + rest(retention) + " WHERE at < " + beforeMillis));
    change(
        "forget chains that were over " + retention.code() + " days ago",
        run ->
            run.execute(
                "DELETE FROM audit_chains c WHERE retention = "
                    + retention.code()
                    + " AND stream <> 0 AND number = signed AND at < "
                    + beforeMillis
                    + " AND NOT EXISTS (SELECT FROM journals j WHERE j.id = c.journal)"));
  }

  private interface Step {
    void take(Statement run) throws SQLException;
  }

  /// Where somebody uses the table there will be another moment; whatever else is in the way, an
  /// admin should know of, once.
  ///
  /// @return whether it was done; the next run tries again
  private boolean change(String what, Step step) {
    try {
      return database.inTransaction(
          what,
          connection -> {
            if (!isAlone(connection)) {
              return false;
            }
            try (Statement run = connection.createStatement()) {
              run.execute("SET LOCAL lock_timeout = '500ms'");
              step.take(run);
            }
            return true;
          });
    } catch (StoreException e) {
      if (isLocked(e)) {
        LOG.debug("not now: {}", what, e);
      } else {
        failing.add(what);
        if (!failed.contains(what)) {
          LOG.warn("the audit trail: cannot {}", what, e);
        }
      }
      return false;
    }
  }

  private static boolean isLocked(StoreException e) {
    return e.getCause() instanceof SQLException cause && LOCKED.equals(cause.getSQLState());
  }

  private static boolean isAlone(Connection connection) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT pg_try_advisory_xact_lock(?)")) {
      query.setLong(1, LOCK);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  private static String parent(Retention retention) {
    return "audit_pages_" + retention.code();
  }

  private static String rest(Retention retention) {
    return parent(retention) + "_rest";
  }

  private static String name(Retention retention, LocalDate unit) {
    return parent(retention) + "_" + NAME.format(unit);
  }
}
