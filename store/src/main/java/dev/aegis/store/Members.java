package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// This gateway among the members of its cluster: it beats, hears the others, and takes over the
/// journal of one that has fallen silent.
///
/// Its lease is what it may rely on itself: it ends by its own clock before any other member can
/// have found it silent. Whoever delivers durable messages asks [#holdsLease] before. A thread of
/// its own; everything public may be called from any.
public final class Members implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Members.class);

  private final Database database;
  private final JournalRecovery recovery;
  private final MemberSettings settings;
  private final Listener listener;
  private final Heartbeats heartbeats;
  private final Thread thread;
  private final Set<JournalId> takingOver = ConcurrentHashMap.newKeySet();
  private @Nullable Connection connection;
  private volatile long leaseUntilNanos;
  private volatile List<Member> members = List.of();
  private volatile boolean closing;
  private volatile boolean fenced;
  private final LongAdder taken = new LongAdder();

  /// Hears what happens to members, on threads that may block.
  public interface Listener {
    /// What the member left is rows now, and its mailboxes are free.
    void takenOver(long journal);

    /// This gateway's own journal was taken over: nothing of what it owns is its own any more.
    void fenced();
  }

  /// A member as this one sees it.
  ///
  /// @param journal its id, new with each start
  /// @param silentMillis how long ago it was heard last
  public record Member(long journal, String node, boolean self, long silentMillis) {}

  private Members(
      Database database,
      StorageCipher cipher,
      MemberSettings settings,
      JournalSettings journals,
      Listener listener) {
    this.database = database;
    this.recovery = new JournalRecovery(database, cipher, journals);
    this.settings = settings;
    this.listener = listener;
    this.heartbeats = new Heartbeats(settings.silence().toNanos());
    this.leaseUntilNanos = System.nanoTime();
    this.thread = Thread.ofPlatform().daemon().name("aegis-members").unstarted(this::run);
  }

  /// Starts to beat. The database must be shared.
  ///
  /// @param journals as those of members that are taken over were
  public static Members start(
      Database database,
      StorageCipher cipher,
      MemberSettings settings,
      JournalSettings journals,
      Listener listener) {
    Members members = new Members(database, cipher, settings, journals, listener);
    members.thread.start();
    return members;
  }

  /// Whether no other member can have taken this one's mailboxes. Costs a read of the clock.
  public boolean holdsLease() {
    return leaseUntilNanos - System.nanoTime() > 0;
  }

  /// How much longer [#holdsLease] is certain to be true. Zero where it is not.
  public long leaseMillis() {
    return TimeUnit.NANOSECONDS.toMillis(Math.max(0, leaseUntilNanos - System.nanoTime()));
  }

  /// How many journals of others this one has taken over.
  public long takenOver() {
    return taken.sum();
  }

  /// The members heard last, this one too.
  public List<Member> list() {
    return members;
  }

  private void run() {
    while (!closing && !fenced) {
      long began = System.nanoTime();
      try {
        beat(began);
      } catch (SQLException | StoreException e) {
        if (isOver(e)) {
          fence();
          break;
        }
        LOG.debug("no heartbeat", e);
        Database.closeQuietly(connection);
        connection = null;
        heartbeats.deaf(System.nanoTime());
      }
      if (!closing && !fenced) {
        LockSupport.parkNanos(this, settings.beatEvery().toNanos() - (System.nanoTime() - began));
      }
    }
    Database.closeQuietly(connection);
  }

  private static boolean isOver(Exception why) {
    return why instanceof SQLException sql
        && StoreException.of("", sql) instanceof StoreException.Rejected;
  }

  private void beat(long began) throws SQLException {
    Connection open = connection;
    if (open == null) {
      open = database.connect("aegis-members");
      open.setNetworkTimeout(Runnable::run, Math.toIntExact(settings.lease().toMillis()));
      connection = open;
    }
    try (PreparedStatement statement =
        open.prepareStatement(
            "UPDATE journals SET beat = beat + 1 WHERE id = ? AND state = 'open'")) {
      statement.setLong(1, database.journal().value());
      if (statement.executeUpdate() == 0) {
        fence();
        return;
      }
    }
    leaseUntilNanos = began + settings.lease().toNanos();
    Map<JournalId, String> nodes = new HashMap<>();
    Map<JournalId, Long> beats = new HashMap<>();
    try (PreparedStatement query =
            open.prepareStatement("SELECT id, node, beat FROM journals WHERE member");
        ResultSet row = query.executeQuery()) {
      while (row.next()) {
        JournalId id = new JournalId(row.getLong(1));
        nodes.put(id, row.getString(2));
        beats.put(id, row.getLong(3));
      }
    }
    long now = System.nanoTime();
    heartbeats.hear(beats, now);
    List<Member> heard = new ArrayList<>();
    nodes.forEach((id, node) ->
        heard.add(
            new Member(
                id.value(),
                node,
                id.equals(database.journal()),
                TimeUnit.NANOSECONDS.toMillis(heartbeats.silence(id, now)))));
    members = List.copyOf(heard);
    for (JournalId dead : heartbeats.dead(now)) {
      if (takingOver.add(dead)) {
        Thread.ofVirtual().name("aegis-takeover").start(() -> takeOver(dead));
      }
    }
  }

  private void takeOver(JournalId dead) {
    try {
      LOG.warn("member {} has been silent for {}; taking it over", dead, settings.silence());
      if (recovery.take(dead)) {
        taken.increment();
        listener.takenOver(dead.value());
      }
    } catch (StoreException e) {
      LOG.warn("member {} cannot be taken over yet", dead, e);
    } finally {
      takingOver.remove(dead);
    }
  }

  private void fence() {
    fenced = true;
    leaseUntilNanos = System.nanoTime();
    LOG.error("another member has taken over this one's journal: it was silent for too long");
    database.abandon();
    listener.fenced();
  }

  /// Stops beating. The others find this member silent unless its journal has ended.
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    ThreadEnd.await(thread);
  }
}
