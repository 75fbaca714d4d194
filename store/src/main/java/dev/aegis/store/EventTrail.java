package dev.aegis.store;

import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.AuditEvent;
import dev.aegis.store.audit.Chain;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The part of the audit trail that is not about messages: sessions and actions.
///
/// An action is on disk when [#action] returns. Sessions do not wait: where the database is away
/// for long, or too many come and go at once, some are not kept, and the trail says how many.
/// Thread-safe.
public final class EventTrail extends WaitingTrail<EventTrail.Note> {
  private static final int MAX_QUEUED = 16_384;
  private static final int BATCH = 1_024;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MAX_TEXT = 255;
  private static final int MAX_DETAIL = 1_024;

  private final Duration patience;
  private final BlockingQueue<Note> queue = new ArrayBlockingQueue<>(MAX_QUEUED);

  /// @param organization null where it is found by whom the entry is about
  /// @param done completes when it is on disk; null where nobody waits
  record Note(
      AuditEntry entry, @Nullable String organization, @Nullable CompletableFuture<Void> done) {}

  private EventTrail(
      Database database, TrailSettings settings, InstantSource clock, Duration patience) {
    super(database, Chain.Stream.EVENTS, settings, clock, "aegis-audit");
    this.patience = patience;
  }

  public static EventTrail start(Database database, TrailSettings settings, InstantSource clock) {
    return start(database, settings, clock, PATIENCE);
  }

  /// @param patience how long an action waits
  static EventTrail start(
      Database database, TrailSettings settings, InstantSource clock, Duration patience) {
    EventTrail trail = new EventTrail(database, settings, clock, patience);
    trail.start();
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
      if (isClosed()
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
    if (isClosed() || !queue.offer(new Note(entry, organization, null))) {
      lose(organization, 1);
    }
  }

  @Override
  boolean isEmpty() {
    return queue.isEmpty();
  }

  @Override
  void take(List<Note> batch) throws InterruptedException {
    Note first = queue.poll(100, TimeUnit.MILLISECONDS);
    if (first != null) {
      batch.add(first);
      queue.drainTo(batch, BATCH);
    }
  }

  @Override
  void left(List<Note> batch) {
    queue.drainTo(batch);
  }

  /// Who waits is told; what nobody waits for is counted.
  @Override
  void ended(Note note, Organizations known, @Nullable StoreException why) {
    CompletableFuture<Void> done = note.done;
    if (done == null) {
      if (why != null) {
        lose(note.organization == null ? Chain.GATEWAY : note.organization, 1);
      }
    } else if (why == null) {
      done.complete(null);
    } else {
      done.completeExceptionally(why);
    }
  }

  @Override
  Set<String> agents(List<Note> batch) {
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

  @Override
  void pages(List<Note> batch, Organizations known, TrailPages pages) {
    for (Note note : batch) {
      String organization = note.organization;
      if (organization == null) {
        List<@Nullable String> about = new ArrayList<>();
        about.add(note.entry.recipient());
        about.add(note.entry.sender());
        organization = known.ofFirst(about);
      }
      pages.add(organization, note.entry);
    }
  }

  /// Actions are in a plain table as well, for whoever looks with SQL.
  @Override
  void beside(Connection connection, List<Note> batch) throws SQLException {
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
}
