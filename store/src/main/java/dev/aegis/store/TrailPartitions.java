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
  private static final long GRACE_MILLIS = TimeUnit.HOURS.toMillis(1);
  private static final long LOCK = 0x6165_6769_7361_7564L; // "aegisaud"
  private static final DateTimeFormatter NAME = DateTimeFormatter.BASIC_ISO_DATE;

  private static final String LOCKED = "55P03";

  private final Database database;

  /// What the last run could not do, and said.
  private Set<String> failed = Set.of();

  private final Set<String> failing = new HashSet<>();

  public TrailPartitions(Database database) {
    this.database = database;
  }

  /// Makes what is missing and drops what is over, an hour late: an export that has begun finds
  /// what it said it would.
  public void maintain(long nowMillis) {
    failing.clear();
    for (Retention retention : Retention.values()) {
      Set<LocalDate> there = partitions(retention);
      LocalDate unit = retention.unit(nowMillis);
      for (int i = 0; i < AHEAD; i++) {
        if (!there.contains(unit)) {
          make(retention, unit);
        }
        unit = retention.next(unit);
      }
      long keptFrom = retention.keptFrom(nowMillis - GRACE_MILLIS);
      LocalDate first = retention.unit(keptFrom);
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

  private void make(Retention retention, LocalDate unit) {
    String parent = parent(retention);
    String name = name(retention, unit);
    change(
        "make " + name,
        "CREATE TABLE "
            + name
            + " PARTITION OF "
            + parent
            + " FOR VALUES FROM ("
            + Retention.millis(unit)
            + ") TO ("
            + Retention.millis(retention.next(unit))
            + ")");
  }

  private void drop(Retention retention, LocalDate unit) {
    if (change("drop " + name(retention, unit), "DROP TABLE " + name(retention, unit))) {
      LOG.info("dropped the audit trail of {}, which is kept for {} days", unit, retention.code());
    }
  }

  /// What found no partition when it was written.
  private void clear(Retention retention, long beforeMillis) {
    change(
        "clear what is older than " + retention.code() + " days",
        "DELETE FROM " + parent(retention) + "_rest WHERE at < " + beforeMillis);
    change(
        "forget chains that were over " + retention.code() + " days ago",
        "DELETE FROM audit_chains c WHERE retention = "
            + retention.code()
            + " AND stream <> 0 AND number = signed AND at < "
            + beforeMillis
            + " AND NOT EXISTS (SELECT FROM journals j WHERE j.id = c.journal)");
  }

  /// Where somebody uses the table there will be another moment; whatever else is in the way, an
  /// admin should know of, once.
  ///
  /// @return whether it was done; the next run tries again
  private boolean change(String what, String statement) {
    try {
      return database.inTransaction(
          what,
          connection -> {
            if (!isAlone(connection)) {
              return false;
            }
            try (Statement run = connection.createStatement()) {
              run.execute("SET LOCAL lock_timeout = '500ms'");
              run.execute(statement);
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

  private static String name(Retention retention, LocalDate unit) {
    return parent(retention) + "_" + NAME.format(unit);
  }
}
