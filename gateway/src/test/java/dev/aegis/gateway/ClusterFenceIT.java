package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import dev.aegis.store.StoreException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A gateway that was taken over from, and one that has the wrong storage key.
class ClusterFenceIT {
  private static final long PATIENCE_SECONDS = 30;

  @TempDir Path directory;

  @Test
  void aGatewayThatWasTakenOverStartsAnewAndAnotherKeyIsRefused() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
        EmbeddedRedis redis =
            EmbeddedRedis.start(directory.resolve("redis"), directory.resolve("binaries"))) {
      TestCluster cluster = new TestCluster(directory, postgres, redis.url());
      DatabaseSettings database = postgres.database("cluster");
      try (TestGateway one = cluster.node("one");
          TestGateway two = cluster.node("two")) {
        BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
        ClientOptions bob = two.enrol("bob");
        try (AegisClient _ = AegisClient.connect(bob);
            AegisClient alice = AegisClient.connect(one.enrol("alice"))) {
          fence(database, "two");
          two.gateway().fence().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
          two.restart();
          alice
              .send(OutgoingMessage.text("bob", "note", "hello"))
              .accepted()
              .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
          try (AegisClient _ =
              AegisClient.connect(
                  two.options("bob", bob.identity()), c -> c.on("note", received::add))) {
            assertThat(received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
          }
        }
      }
      try (Fencing fencing = new Fencing(database, "three");
          TestGateway three = cluster.node("three")) {
        assertThat(fencing.fenced()).as("it was taken over while it started").isTrue();
        assertThat(three.admin("GET", "/readyz", null).statusCode()).isEqualTo(200);
      }
      // Back to a gateway alone, with a data directory in which nothing was copied.
      assertThatThrownBy(() -> new TestGateway(alone(database)))
          .isInstanceOf(StoreException.Rejected.class)
          .hasMessageContaining("storage.keyset")
          .hasMessageContaining(directory.resolve("empty").toString());
    }
  }

  private GatewayConfig alone(DatabaseSettings database) {
    return new GatewayConfig(
        directory.resolve("empty"),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        new GatewayConfig.Postgres(database.url(), database.user(), database.password()),
        null);
  }

  /// Takes over from a node as soon as it begins to start, once.
  private static final class Fencing implements AutoCloseable {
    private final Connection connection;
    private final CompletableFuture<Void> done;
    private volatile boolean fenced;
    private volatile boolean closing;

    Fencing(DatabaseSettings database, String node) throws Exception {
      connection =
          DriverManager.getConnection(database.url(), database.user(), database.password());
      done = CompletableFuture.runAsync(() -> run(node), Thread::startVirtualThread);
    }

    boolean fenced() {
      return fenced;
    }

    private void run(String node) {
      try (Statement statement = connection.createStatement()) {
        while (!closing && statement.executeUpdate(take(node)) == 0) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        fenced = !closing;
        statement.execute(terminate(node));
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws SQLException {
      closing = true;
      done.join();
      connection.close();
    }
  }

  private static String take(String node) {
    return "UPDATE journals SET state = 'taken-over' WHERE state = 'open' AND node = '"
        + node
        + "'";
  }

  private static String terminate(String node) {
    return "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN journals j"
        + " ON j.id = l.objid::bigint WHERE l.locktype = 'advisory' AND l.objsubid = 2"
        + " AND j.state = 'taken-over' AND j.node = '"
        + node
        + "'";
  }

  /// Does to a node what another one does that found it silent.
  private static void fence(DatabaseSettings database, String node) throws Exception {
    try (Connection connection =
            DriverManager.getConnection(database.url(), database.user(), database.password());
        Statement statement = connection.createStatement()) {
      statement.execute(take(node));
      statement.execute(terminate(node));
    }
  }
}
