package dev.aegis.store;

import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.Chain;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A stream of the audit trail that has a thread of its own: what waits is written together. While
/// the database is away it is tried again. What is given up is counted, and the count is an entry.
///
/// @param <N> what waits
abstract class WaitingTrail<N> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WaitingTrail.class);
  private static final long RETRY_MILLIS = 250;

  final InstantSource clock;

  private final Database database;
  private final ChainWriter chains;

  /// The writer's.
  private final Organizations organizations;

  private final Object lostLock = new Object();
  private final Map<String, Long> lost = new HashMap<>();
  private final Thread writer;
  private volatile boolean closed;
  private volatile boolean abandoned;

  WaitingTrail(
      Database database,
      Chain.Stream stream,
      TrailSettings settings,
      InstantSource clock,
      String thread) {
    this.database = database;
    this.clock = clock;
    this.chains = new ChainWriter(database.journal(), stream, clock);
    this.organizations = new Organizations(settings.fallback());
    this.writer = Thread.ofPlatform().daemon().name(thread).unstarted(this::write);
  }

  final void start() {
    writer.start();
  }

  /// Whether nothing is to be waited for.
  abstract boolean isEmpty();

  /// Waits a moment for something and moves what there is; nothing may be.
  abstract void take(List<N> batch) throws InterruptedException;

  /// The agents whose organizations [#pages] asks for.
  abstract Set<String> agents(List<N> batch);

  abstract void pages(List<N> batch, Organizations known, TrailPages pages);

  /// What is written beside the pages, in their transaction.
  void beside(Connection connection, List<N> batch) throws SQLException {}

  /// It is on disk, or given up: then it counts those that nobody else tells of.
  ///
  /// @param why it is given up, or null
  abstract void ended(N note, Organizations known, @Nullable StoreException why);

  final void lose(String organization, long count) {
    synchronized (lostLock) {
      lost.merge(organization, count, Long::sum);
    }
  }

  final boolean isClosed() {
    return closed;
  }

  private void write() {
    List<N> batch = new ArrayList<>();
    Map<String, Long> missing = Map.of();
    boolean behind = false;
    while (!abandoned && (!closed || !isEmpty() || !batch.isEmpty())) {
      try {
        if (behind) {
          TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
        } else {
          take(batch);
          if (batch.isEmpty()) {
            continue;
          }
          missing = lost();
          missing.forEach(WaitingTrail::warn);
        }
        write(batch, missing);
        behind = false;
        end(batch, null);
      } catch (StoreException.Unavailable e) {
        if (!behind) {
          LOG.warn("the audit trail is behind: {}", e.getMessage());
        }
        behind = !closed;
        if (closed) {
          giveUp(batch, missing, e);
        }
      } catch (RuntimeException e) {
        LOG.error("{} entries cannot get into the audit trail", batch.size(), e);
        behind = false;
        giveUp(batch, missing, new StoreException.Rejected("the audit trail cannot be written", e));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        abandoned = true;
      }
    }
    left(batch);
    giveUp(batch, Map.of(), new StoreException.Unavailable("the audit trail is closed", null));
    lost().forEach(WaitingTrail::warn);
  }

  /// Moves what is there at the end.
  abstract void left(List<N> batch);

  private void giveUp(List<N> batch, Map<String, Long> missing, StoreException why) {
    chains.forget();
    missing.forEach(this::lose);
    end(batch, why);
  }

  private void end(List<N> batch, @Nullable StoreException why) {
    batch.forEach(note -> ended(note, organizations, why));
    batch.clear();
    organizations.trim();
  }

  private Map<String, Long> lost() {
    synchronized (lostLock) {
      Map<String, Long> counts = Map.copyOf(lost);
      lost.clear();
      return counts;
    }
  }

  private static void warn(String organization, long count) {
    LOG.warn("{} entries of {} did not get into the audit trail", count, organization);
  }

  private void write(List<N> batch, Map<String, Long> missing) {
    database.inTransaction(
        "write the audit trail",
        connection -> {
          chains.lock(connection);
          if (chains.isWritten(connection)) {
            return true; // the connection broke before it could say that it had committed
          }
          organizations.load(connection, agents(batch));
          TrailPages pages = new TrailPages();
          pages(batch, organizations, pages);
          missing.forEach((organization, count) ->
              pages.add(organization, AuditEntry.lost(clock.millis(), count)));
          chains.write(connection, organizations, pages.all());
          beside(connection, batch);
          return true;
        });
    chains.committed();
  }

  /// Writes what waits, as far as the database lets it.
  @Override
  public void close() {
    closed = true;
    ThreadEnd.await(writer);
  }
}
