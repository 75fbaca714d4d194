package dev.aegis.store;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.store.fabric.SendResult;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries frames between nodes through the database while the fabric is away, so that durable
/// messages arrive without it: sealed, in order, some milliseconds later. It looks once a second as
/// long as nothing is there for it. A thread of its own; [#post] may be called from any.
final class NodeMail implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeMail.class);
  private static final int MAX_WAITING = 65_536;
  private static final int BATCH = 1_024;
  private static final long OFTEN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long SELDOM_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Database database;
  private final StorageCipher cipher;
  private final BooleanSupplier fabricUp;
  private final Reader reader;
  private final BlockingQueue<Letter> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Thread thread;
  private volatile boolean closing;

  /// Takes what has come, in order; may block.
  interface Reader {
    void received(long fromNode, List<byte[]> frames);
  }

  private record Letter(long to, byte[] frame, CompletableFuture<SendResult> result) {}

  private record Received(long id, long from, byte[] sealed) {}

  /// @param fabricUp whether the fabric works, and nothing is to be expected here
  NodeMail(Database database, StorageCipher cipher, BooleanSupplier fabricUp, Reader reader) {
    this.database = database;
    this.cipher = cipher;
    this.fabricUp = fabricUp;
    this.reader = reader;
    this.thread = Thread.ofPlatform().daemon().name("aegis-node-mail").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// Completes with SENT once it is on disk, with FULL where too much waits here, and with
  /// UNAVAILABLE where the database does not take it.
  CompletionStage<SendResult> post(long toNode, byte[] frame) {
    Letter letter = new Letter(toNode, frame, new CompletableFuture<>());
    if (closing) {
      letter.result.complete(SendResult.UNAVAILABLE);
    } else if (!waiting.offer(letter)) {
      letter.result.complete(SendResult.FULL);
    } else {
      LockSupport.unpark(thread);
    }
    return letter.result;
  }

  private void run() {
    boolean busy = false;
    while (!closing) {
      if (waiting.isEmpty()) {
        LockSupport.parkNanos(this, busy || !fabricUp.getAsBoolean() ? OFTEN_NANOS : SELDOM_NANOS);
      }
      busy = turn();
    }
    refuse(drain(Integer.MAX_VALUE));
  }

  /// @return whether something came
  private boolean turn() {
    try {
      send();
      return receive();
    } catch (RuntimeException e) {
      LOG.error("node mail failed", e);
      return false;
    }
  }

  private List<Letter> drain(int limit) {
    List<Letter> letters = new ArrayList<>();
    waiting.drainTo(letters, limit);
    return letters;
  }

  private static void refuse(List<Letter> letters) {
    letters.forEach(letter -> letter.result.complete(SendResult.UNAVAILABLE));
  }

  private void send() {
    List<Letter> letters = drain(BATCH);
    if (letters.isEmpty()) {
      return;
    }
    boolean sent = false;
    try {
      database.run("send node mail", connection -> insert(connection, letters));
      sent = true;
    } catch (StoreException e) {
      LOG.debug("node mail is not sent", e);
    } finally {
      SendResult result = sent ? SendResult.SENT : SendResult.UNAVAILABLE;
      letters.forEach(letter -> letter.result.complete(result));
    }
  }

  private int insert(Connection connection, List<Letter> letters) throws SQLException {
    long me = database.journal().value();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO node_mail (to_node, from_node, frame)"
                + " SELECT u.to_node, ?, u.frame FROM unnest(?::bigint[], ?::bytea[])"
                + " WITH ORDINALITY AS u (to_node, frame, place) ORDER BY u.place")) {
      statement.setLong(1, me);
      statement.setArray(
          2, connection.createArrayOf("bigint", letters.stream().map(Letter::to).toArray()));
      statement.setArray(
          3,
          connection.createArrayOf(
              "bytea",
              letters.stream()
                  .map(letter -> cipher.seal(letter.frame, bound(me, letter.to)))
                  .toArray(byte[][]::new)));
      return statement.executeUpdate();
    }
  }

  /// What binds a sealed frame to its way.
  static byte[] bound(long from, long to) {
    byte[] label = "aegis node mail\0".getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(label.length + 2 * Long.BYTES)
        .put(label)
        .putLong(from)
        .putLong(to)
        .array();
  }

  /// @return whether there was something
  private boolean receive() {
    List<Received> received;
    try {
      received = database.run("read node mail", this::take);
    } catch (StoreException e) {
      LOG.debug("node mail cannot be read", e);
      return false;
    }
    int from = 0;
    while (from < received.size()) {
      int to = from;
      List<byte[]> frames = new ArrayList<>();
      long sender = received.get(from).from;
      while (to < received.size() && received.get(to).from == sender) {
        open(received.get(to), frames);
        to++;
      }
      reader.received(sender, frames);
      from = to;
    }
    return !received.isEmpty();
  }

  private void open(Received received, List<byte[]> frames) {
    try {
      frames.add(cipher.open(received.sealed, bound(received.from, database.journal().value())));
    } catch (AuthenticationException e) {
      LOG.warn("node mail of {} does not open and is passed over", received.from, e);
    }
  }

  private List<Received> take(Connection connection) throws SQLException {
    List<Received> taken = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM node_mail WHERE to_node = ? AND id IN"
                + " (SELECT id FROM node_mail WHERE to_node = ? ORDER BY id LIMIT ?)"
                + " RETURNING id, from_node, frame")) {
      statement.setLong(1, database.journal().value());
      statement.setLong(2, database.journal().value());
      statement.setInt(3, BATCH);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          taken.add(new Received(row.getLong(1), row.getLong(2), row.getBytes(3)));
        }
      }
    }
    taken.sort(Comparator.comparingLong(Received::id));
    return taken;
  }

  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    ThreadEnd.await(thread);
  }
}
