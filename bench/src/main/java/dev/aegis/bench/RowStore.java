package dev.aegis.bench;

import dev.aegis.store.DatabaseSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;

/// The obvious durable store: a row per message, written in batches over two connections, each
/// batch a transaction. What the journal is measured against.
final class RowStore implements AutoCloseable {
  enum Way {
    UNNEST,
    COPY
  }

  private static final int CONNECTIONS = 2;
  private static final int BATCH = 500;
  private static final byte[] COPY_HEADER = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0
  };
  private static final int COPY_COLUMNS = 6;
  private static final String TABLE =
      "CREATE TABLE rows (id uuid PRIMARY KEY, recipient text NOT NULL, sequence bigint NOT NULL,"
          + " priority smallint NOT NULL, status smallint NOT NULL, body bytea NOT NULL)";
  private static final String INDEX = "CREATE INDEX ON rows (recipient, sequence) WHERE status = 0";
  private static final String UNNEST =
      "INSERT INTO rows (id, recipient, sequence, priority, status, body)"
          + " SELECT u.id, u.recipient, u.sequence, 2, 0, u.body"
          + " FROM unnest(?::uuid[], ?::text[], ?::bigint[], ?::bytea[])"
          + " AS u(id, recipient, sequence, body)";
  private static final String COPY =
      "COPY rows (id, recipient, sequence, priority, status, body) FROM STDIN (FORMAT binary)";
  private static final String UPDATE =
      "UPDATE rows SET status = 2 FROM unnest(?::uuid[]) AS u(id) WHERE rows.id = u.id";

  private final List<Connection> connections = new ArrayList<>();
  private final ExecutorService writers = Executors.newFixedThreadPool(CONNECTIONS);
  private final AtomicLong sequence = new AtomicLong();
  private final int recipients;

  private RowStore(int recipients) {
    this.recipients = recipients;
  }

  static RowStore open(DatabaseSettings settings, int recipients) throws SQLException {
    RowStore store = new RowStore(recipients);
    for (int i = 0; i < CONNECTIONS; i++) {
      Connection connection =
          DriverManager.getConnection(settings.url(), settings.user(), settings.password());
      connection.setAutoCommit(false);
      store.connections.add(connection);
    }
    Connection first = store.connections.getFirst();
    try (Statement statement = first.createStatement()) {
      statement.execute(TABLE);
      statement.execute(INDEX);
    }
    first.commit();
    return store;
  }

  /// Returns once all are committed.
  void write(int messages, byte[] body, Way way, boolean acknowledge) throws InterruptedException {
    List<Future<?>> shares = new ArrayList<>();
    for (Connection connection : connections) {
      shares.add(
          writers.submit(() -> {
            for (int i = 0; i < messages / CONNECTIONS; i += BATCH) {
              batch(connection, body, way, acknowledge);
            }
            return null;
          }));
    }
    for (Future<?> share : shares) {
      try {
        share.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException("the baseline cannot write", e.getCause());
      }
    }
  }

  private void batch(Connection connection, byte[] body, Way way, boolean acknowledge)
      throws SQLException, IOException {
    UUID[] ids = new UUID[BATCH];
    for (int i = 0; i < BATCH; i++) {
      ThreadLocalRandom random = ThreadLocalRandom.current();
      ids[i] = new UUID(random.nextLong(), random.nextLong());
    }
    long first = sequence.getAndAdd(BATCH);
    switch (way) {
      case UNNEST -> unnest(connection, ids, first, body);
      case COPY -> copy(connection, ids, first, body);
    }
    connection.commit();
    if (acknowledge) {
      try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
        update.setArray(1, connection.createArrayOf("uuid", ids));
        update.executeUpdate();
      }
      connection.commit();
    }
  }

  private void unnest(Connection connection, UUID[] ids, long first, byte[] body)
      throws SQLException {
    String[] names = new String[BATCH];
    Long[] sequences = new Long[BATCH];
    byte[][] bodies = new byte[BATCH][];
    for (int i = 0; i < BATCH; i++) {
      names[i] = recipient(i);
      sequences[i] = first + i;
      bodies[i] = body;
    }
    try (PreparedStatement insert = connection.prepareStatement(UNNEST)) {
      insert.setArray(1, connection.createArrayOf("uuid", ids));
      insert.setArray(2, connection.createArrayOf("text", names));
      insert.setArray(3, connection.createArrayOf("bigint", sequences));
      insert.setArray(4, connection.createArrayOf("bytea", bodies));
      insert.executeUpdate();
    }
  }

  private void copy(Connection connection, UUID[] ids, long first, byte[] body)
      throws SQLException, IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(BATCH * (body.length + 80));
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.write(COPY_HEADER);
      for (int i = 0; i < BATCH; i++) {
        byte[] name = recipient(i).getBytes(StandardCharsets.US_ASCII);
        out.writeShort(COPY_COLUMNS);
        out.writeInt(16);
        out.writeLong(ids[i].getMostSignificantBits());
        out.writeLong(ids[i].getLeastSignificantBits());
        out.writeInt(name.length);
        out.write(name);
        out.writeInt(Long.BYTES);
        out.writeLong(first + i);
        out.writeInt(Short.BYTES);
        out.writeShort(2);
        out.writeInt(Short.BYTES);
        out.writeShort(0);
        out.writeInt(body.length);
        out.write(body);
      }
      out.writeShort(-1);
    }
    new CopyManager((BaseConnection) connection)
        .copyIn(COPY, new ByteArrayInputStream(bytes.toByteArray()));
  }

  private String recipient(int index) {
    return "agent-" + index % recipients;
  }

  @Override
  public void close() {
    writers.shutdownNow();
    for (Connection connection : connections) {
      try {
        connection.close();
      } catch (SQLException e) {
        throw new UncheckedIOException(new IOException("a connection does not close", e));
      }
    }
  }
}
