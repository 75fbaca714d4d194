package dev.aegis.gateway;

import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.CloseCode;
import dev.aegis.store.AgentConnection;
import dev.aegis.store.ConnectionStore;
import dev.aegis.store.StoreException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps `agent_connections`: notes who came and went, and writes it in batches on a thread of its
/// own. The queue is bounded; where the database is away for long, the oldest news is lost and said
/// so once.
final class ConnectionLog implements SessionObserver, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ConnectionLog.class);
  private static final int MAX_QUEUED = 16_384;
  private static final int BATCH = 512;

  private final ConnectionStore store;
  private final InstantSource clock;
  private final BlockingQueue<Note> queue = new ArrayBlockingQueue<>(MAX_QUEUED);
  private final Thread writer;
  private volatile Follower follower = (_, _, _) -> {};
  private volatile boolean closed;

  /// What is to be written of a session.
  private record Note(AgentConnection row, String organization) {}

  /// Who hears of what was written. Called on the writer's thread.
  interface Follower {
    void connected(String agent, String organization, boolean active);
  }

  ConnectionLog(ConnectionStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
    this.writer = Thread.ofVirtual().name("aegis-connections").start(this::write);
  }

  void follow(Follower newFollower) {
    follower = newFollower;
  }

  @Override
  public void opened(Session session) {
    note(session, true);
  }

  @Override
  public void closed(Session session, CloseCode code) {
    note(session, false);
  }

  @Override
  public void close() {
    closed = true;
    try {
      writer.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void note(Session session, boolean active) {
    AgentConnection row =
        new AgentConnection(
            AgentConnection.id(session.epoch(), session.agentId()),
            session.agentId(),
            session.key().bytes(),
            sha256(session.token()),
            session.openedAtMillis(),
            clock.millis(),
            active);
    Note note = new Note(row, session.organization());
    while (!queue.offer(note)) {
      queue.poll();
    }
  }

  private void write() {
    List<Note> batch = new ArrayList<>();
    while (!closed || !queue.isEmpty() || !batch.isEmpty()) {
      try {
        if (batch.isEmpty()) {
          Note first = queue.poll(100, TimeUnit.MILLISECONDS);
          if (first == null) {
            continue;
          }
          batch.add(first);
          queue.drainTo(batch, BATCH);
        }
        boolean[] changed = store.write(batch.stream().map(Note::row).toList());
        for (int i = 0; i < changed.length; i++) {
          Note note = batch.get(i);
          if (changed[i]) {
            follower.connected(note.row().agentId(), note.organization(), note.row().active());
          }
        }
        batch.clear();
      } catch (StoreException e) {
        log.warn("agent_connections is behind: {}", e.getMessage());
        if (closed) {
          return;
        }
        pause();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static void pause() {
    try {
      TimeUnit.SECONDS.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static byte[] sha256(byte[] token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
