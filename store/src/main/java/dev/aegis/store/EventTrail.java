package dev.aegis.store;

import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.AuditEvent;
import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.PageEntries;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The part of the audit trail that is not about messages: sessions and actions. What waits is
/// written together, a page for each organization, on a thread of its own.
///
/// An action is on disk when [#action] returns. Sessions do not wait: where the database is away
/// for long, or too many come and go at once, some are not kept, and the trail says how many.
/// Thread-safe.
public final class EventTrail implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventTrail.class);
  private static final int MAX_QUEUED = 16_384;
  private static final int BATCH = 1_024;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long RETRY_MILLIS = 250;
  private static final int MAX_TEXT = 255;
  private static final int MAX_DETAIL = 1_024;

  private final Database database;
  private final InstantSource clock;
  private final Duration patience;
  private final ChainWriter chains;
  private final Organizations organizations;
  private final BlockingQueue<Note> queue = new ArrayBlockingQueue<>(MAX_QUEUED);
  private final Object lostLock = new Object();
  private final Map<String, Long> lost = new HashMap<>();
  private final Thread writer;
  private volatile boolean closed;
  private volatile boolean abandoned;

  /// @param organization null where it is found by whom the entry is about
  /// @param done completes when it is on disk; null where nobody waits
  private record Note(
      AuditEntry entry, @Nullable String organization, @Nullable CompletableFuture<Void> done) {}

  private EventTrail(
      Database database, TrailSettings settings, InstantSource clock, Duration patience) {
    this.database = database;
    this.patience = patience;
    this.clock = clock;
    this.chains = new ChainWriter(database.journal(), Chain.Stream.EVENTS, clock);
    this.organizations = new Organizations(settings.fallback());
    this.writer = Thread.ofPlatform().daemon().name("aegis-audit").unstarted(this::write);
  }

  public static EventTrail start(Database database, TrailSettings settings, InstantSource clock) {
    return start(database, settings, clock, PATIENCE);
  }

  /// @param patience how long an action waits
  static EventTrail start(
      Database database, TrailSettings settings, InstantSource clock, Duration patience) {
    EventTrail trail = new EventTrail(database, settings, clock, patience);
    trail.writer.start();
    return trail;
  }

  /// Keeps that somebody did something. Blocks until that is on disk.
  ///
  /// @param organization whose trail it belongs to; null for that of the agent that it was done to,
  ///   or that did it
  /// @param actor an agent, `api.` and the name of an API key, or `admin` for whoever holds the
  ///   admin token
  /// @param action a constant word, such as `agent-revoked`
  /// @param detail no secrets, at most 1,024 characters
  /// @throws StoreException it is not known to be on disk
  public void action(
      @Nullable String organization,
      String actor,
      String action,
      String subject,
      @Nullable String detail) {
    if (actor.length() > MAX_TEXT
        || action.length() > 64
        || subject.length() > MAX_TEXT
        || (detail != null && detail.length() > MAX_DETAIL)) {
      throw new StoreException.Rejected("an entry of the audit trail is too long", null);
    }
    keep(
        organization,
        AuditEntry.action(
            clock.millis(),
            actor,
            action,
            subject.replace('\0', '\uFFFD'),
            detail == null ? null : detail.replace('\0', '\uFFFD')));
  }

  /// A message has lost its payload. Blocks until that is on disk.
  ///
  /// @throws StoreException it is not known to be on disk
  public void erased(String organization, StoredMessage message, String actor) {
    keep(
        organization,
        new AuditEntry(
            AuditEvent.ERASED,
            clock.millis(),
            message.id(),
            message.sender(),
            message.recipient(),
            message.type(),
            actor,
            message.conversation(),
            message.correlation(),
            message.mailboxEpoch(),
            message.sequence(),
            0,
            0,
            null));
  }

  private void keep(@Nullable String organization, AuditEntry entry) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    try {
      if (closed
          || !queue.offer(
              new Note(entry, organization, done), patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new StoreException.Unavailable("the audit trail takes nothing for now", null);
      }
      done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted while the audit trail was written", e);
    } catch (TimeoutException e) {
      throw new StoreException.Unavailable("the audit trail is not written in time", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StoreException why
          ? why
          : new StoreException.Unavailable("the audit trail cannot be written", e);
    }
  }

  /// A session has begun or ended. Does not block.
  ///
  /// @param login its number: higher is newer
  public void session(
      AuditEvent event, String organization, String agent, long login, @Nullable String reason) {
    AuditEntry entry = AuditEntry.session(event, clock.millis(), agent, login, reason);
    if (closed || !queue.offer(new Note(entry, organization, null))) {
      lose(organization, 1);
    }
  }

  private void lose(String organization, long count) {
    synchronized (lostLock) {
      lost.merge(organization, count, Long::sum);
    }
  }

  private void write() {
    List<Note> batch = new ArrayList<>();
    boolean behind = false;
    while (!abandoned && (!closed || !queue.isEmpty() || !batch.isEmpty())) {
      try {
        if (behind) {
          TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
        } else if (!take(batch)) {
          continue;
        }
        write(batch);
        behind = false;
        end(batch, null);
      } catch (StoreException.Unavailable e) {
        if (!behind) {
          LOG.warn("the audit trail is behind: {}", e.getMessage());
        }
        behind = !closed;
        if (closed) {
          end(batch, e);
        }
      } catch (RuntimeException e) {
        LOG.error("{} entries cannot get into the audit trail", batch.size(), e);
        behind = false;
        end(batch, new StoreException.Rejected("the audit trail cannot be written", e));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        abandoned = true;
      }
    }
    StoreException why = new StoreException.Unavailable("the audit trail is closed", null);
    queue.drainTo(batch);
    end(batch, why);
    lost().forEach(EventTrail::warn);
  }

  /// @return false where there is nothing
  private boolean take(List<Note> batch) throws InterruptedException {
    Note first = queue.poll(100, TimeUnit.MILLISECONDS);
    if (first == null) {
      return false;
    }
    batch.add(first);
    queue.drainTo(batch, BATCH);
    lost(batch);
    return true;
  }

  /// @param why it is given up, or null: it is written
  private void end(List<Note> batch, @Nullable StoreException why) {
    if (why != null) {
      chains.forget();
    }
    batch.forEach(note -> finish(note, why));
    batch.clear();
  }

  /// Who waits is told; what nobody waits for is counted.
  private void finish(Note note, @Nullable StoreException why) {
    CompletableFuture<Void> done = note.done;
    if (done == null) {
      if (why != null) {
        lose(note.organization == null ? Chain.GATEWAY : note.organization, count(note.entry));
      }
    } else if (why == null) {
      done.complete(null);
    } else {
      done.completeExceptionally(why);
    }
  }

  /// How many entries one stands for.
  private static long count(AuditEntry entry) {
    return entry.event() == AuditEvent.LOST && entry.reason() != null
        ? Long.parseLong(entry.reason())
        : 1;
  }

  /// Says what could not be kept.
  private void lost(List<Note> batch) {
    long now = clock.millis();
    lost()
        .forEach((organization, count) -> {
          warn(organization, count);
          batch.add(new Note(AuditEntry.lost(now, count), organization, null));
        });
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

  private void write(List<Note> batch) {
    database.inTransaction(
        "write the audit trail",
        connection -> {
          chains.lock(connection);
          if (chains.isWritten(connection)) {
            return true; // the connection broke before it could say that it had committed
          }
          organizations.load(connection, agents(batch));
          chains.write(connection, organizations, pages(batch));
          writeLog(connection, batch);
          return true;
        });
    chains.committed();
    organizations.trim();
  }

  private static Set<String> agents(List<Note> batch) {
    Set<String> agents = new HashSet<>();
    for (Note note : batch) {
      if (note.organization == null) {
        if (note.entry.sender() != null) {
          agents.add(note.entry.sender());
        }
        if (note.entry.recipient() != null) {
          agents.add(note.entry.recipient());
        }
      }
    }
    return agents;
  }

  private Map<String, List<PageEntries>> pages(List<Note> batch) {
    Map<String, List<PageEntries>> pages = new LinkedHashMap<>();
    for (Note note : batch) {
      String organization = note.organization;
      if (organization == null) {
        List<@Nullable String> about = new ArrayList<>();
        about.add(note.entry.recipient());
        about.add(note.entry.sender());
        organization = organizations.ofFirst(about);
      }
      pages
          .computeIfAbsent(organization, _ -> List.of(new PageEntries()))
          .getFirst()
          .add(note.entry);
    }
    return pages;
  }

  /// Actions are in a plain table as well, for whoever looks with SQL.
  private static void writeLog(Connection connection, List<Note> batch) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO audit_log (at, actor, action, subject, detail)"
                + " VALUES (to_timestamp(? / 1000.0), ?, ?, ?, ?)")) {
      for (Note note : batch) {
        AuditEntry entry = note.entry;
        if (entry.event() == AuditEvent.ACTION) {
          statement.setLong(1, entry.atMillis());
          statement.setString(2, entry.sender());
          statement.setString(3, entry.type());
          statement.setString(4, entry.recipient());
          statement.setString(5, entry.reason());
          statement.addBatch();
        }
      }
      statement.executeBatch();
    }
  }

  /// Writes what waits, as far as the database lets it.
  @Override
  public void close() {
    closed = true;
    ThreadEnd.await(writer);
  }
}
