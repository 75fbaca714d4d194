package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.NotConnectedException;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.RefusedException;
import dev.aegis.client.Sent;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.JournalSettings;
import dev.aegis.store.StoreException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The database goes away at start and in the middle, and comes back.
class DatabaseOutageIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  @Test
  void doesNotStartWithoutItsDatabase() {
    GatewayConfig config =
        config(new GatewayConfig.Postgres("jdbc:postgresql://127.0.0.1:1/none", "me", "geheim"));
    assertThatThrownBy(() -> Gateway.start(config))
        .isInstanceOf(StoreException.Unavailable.class)
        .hasMessageContaining("cannot open jdbc:postgresql://127.0.0.1:1/none")
        .satisfies(e -> assertThat(e.toString()).doesNotContain("geheim"));
    // Whatever was started before has stopped again: the directory is free.
    assertThatThrownBy(() -> Gateway.start(config)).isInstanceOf(StoreException.Unavailable.class);
  }

  @Test
  void refusesWhatIsDurableWhileItsDatabaseIsAwayAndLosesNothing() throws Exception {
    Path home = directory.resolve("database");
    EmbeddedPostgres server = EmbeddedPostgres.start(home);
    try {
      DatabaseSettings database = server.database("aegis");
      GatewayConfig config =
          config(new GatewayConfig.Postgres(database.url(), database.user(), database.password()));
      BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
      try (TestGateway gateway = new TestGateway(config);
          AegisClient sender = AegisClient.connect(gateway.enrol("sender"));
          AegisClient _ =
              AegisClient.connect(
                  gateway.enrol("receiver"), c -> c.on("*", m -> arrived.add(m.text())))) {
        ClientOptions away = gateway.enrol("away");
        Sent before = send(sender, "away", "before", Guarantee.AT_LEAST_ONCE);
        accepted(before);
        accepted(send(sender, "receiver", "first", Guarantee.EXACTLY_ONCE));
        assertThat(next(arrived)).isEqualTo("first");
        assertThat(gateway.admin("GET", "/readyz", null).statusCode()).isEqualTo(200);

        server.close();
        refused(send(sender, "receiver", "refused 1", Guarantee.AT_LEAST_ONCE));
        refused(send(sender, "receiver", "refused 2", Guarantee.EXACTLY_ONCE));
        accepted(send(sender, "receiver", "best effort goes on", Guarantee.BEST_EFFORT));
        assertThat(next(arrived)).isEqualTo("best effort goes on");
        assertThat(gateway.admin("GET", "/readyz", null).statusCode()).isEqualTo(503);
        assertThat(gateway.admin("GET", "/livez", null).statusCode()).isEqualTo(200);
        assertThat(
                Json.parse(gateway.admin("GET", "/status", null).body()).path("ready").asBoolean())
            .isFalse();
        assertThatThrownBy(() ->
                AegisClient.connect(
                    away.withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(2))))
            .as("goes on trying for as long as it may")
            .isInstanceOf(NotConnectedException.class)
            .hasMessageContaining("503");

        server = EmbeddedPostgres.start(home);
        await()
            .atMost(PATIENCE)
            .until(() -> gateway.admin("GET", "/readyz", null).statusCode() == 200);
        Sent after = send(sender, "receiver", "after", Guarantee.AT_LEAST_ONCE);
        accepted(after);
        assertThat(next(arrived)).isEqualTo("after");
        after.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        BlockingQueue<String> kept = new LinkedBlockingQueue<>();
        try (AegisClient _ = AegisClient.connect(away, c -> c.on("*", m -> kept.add(m.text())))) {
          assertThat(next(kept)).isEqualTo("before");
          before.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(arrived).isEmpty();
      }
    } finally {
      server.close();
    }
  }

  /// Every process of the server is stopped as by a machine that hangs: connections stay open, and
  /// new ones are taken and not answered.
  @Test
  void refusesWhatIsDurableWhileItsDatabaseStandsStillAndGoesOnWithIt() throws Exception {
    BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
    try (TestGateway gateway = new TestGateway(config(null));
        AegisClient sender = AegisClient.connect(gateway.enrol("sender"));
        AegisClient _ =
            AegisClient.connect(
                gateway.enrol("receiver"), c -> c.on("*", m -> arrived.add(m.text())))) {
      accepted(send(sender, "receiver", "first", Guarantee.AT_LEAST_ONCE));
      assertThat(next(arrived)).isEqualTo("first");

      List<Long> server = stop(directory.resolve("gateway/postgres/data/postmaster.pid"));
      try {
        for (int i = 0; i < 3; i++) {
          refused(send(sender, "receiver", "refused " + i, Guarantee.EXACTLY_ONCE));
        }
        accepted(send(sender, "receiver", "best effort goes on", Guarantee.BEST_EFFORT));
        assertThat(next(arrived)).isEqualTo("best effort goes on");
        assertThat(gateway.admin("GET", "/readyz", null).statusCode()).isEqualTo(503);
        assertThat(gateway.admin("GET", "/livez", null).statusCode()).isEqualTo(200);
        assertThat(gateway.admin("GET", "/metrics", null).body())
            .contains("aegis_journal_available 0.0");
      } finally {
        signal("CONT", server);
      }

      await()
          .atMost(PATIENCE)
          .until(() -> gateway.admin("GET", "/readyz", null).statusCode() == 200);
      Sent after = send(sender, "receiver", "after", Guarantee.AT_LEAST_ONCE);
      accepted(after);
      after.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(next(arrived)).as("nothing that was refused").isEqualTo("after");
      gateway.restart();
      assertThat(arrived).as("nor from the disk").isEmpty();
    }
  }

  /// Somebody holds the table of messages: queries take every connection of the pool and wait.
  @Test
  void aPoolWithoutAConnectionLeftCostsQueriesOnly() throws Exception {
    BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
    GatewayConfig config = config(null).withPool(new GatewayConfig.Pool(4, Duration.ofSeconds(1)));
    try (TestGateway gateway = new TestGateway(config);
        AegisClient sender = AegisClient.connect(gateway.enrol("sender"));
        AegisClient _ =
            AegisClient.connect(
                gateway.enrol("receiver"), c -> c.on("*", m -> arrived.add(m.text())))) {
      Sent first = send(sender, "receiver", "first", Guarantee.AT_LEAST_ONCE);
      accepted(first);
      assertThat(next(arrived)).isEqualTo("first");
      String key = gateway.apiKey("admin");
      String path = "/api/v1/messages/" + first.id();
      assertThat(gateway.rest("GET", path, key, null).statusCode()).isEqualTo(200);

      List<CompletableFuture<Integer>> queries = new ArrayList<>();
      try (Connection other = gateway.database();
          Statement statement = other.createStatement()) {
        other.setAutoCommit(false);
        statement.execute("LOCK TABLE message_queue IN ACCESS EXCLUSIVE MODE");
        for (int i = 0; i < 12; i++) {
          CompletableFuture<Integer> status = new CompletableFuture<>();
          queries.add(status);
          Thread.startVirtualThread(() -> {
            try {
              status.complete(gateway.rest("GET", path, key, null).statusCode());
            } catch (Exception e) {
              status.completeExceptionally(e);
            }
          });
        }
        await().atMost(PATIENCE).until(() -> queries.stream().anyMatch(CompletableFuture::isDone));
        accepted(send(sender, "receiver", "best effort", Guarantee.BEST_EFFORT));
        assertThat(next(arrived)).isEqualTo("best effort");
        for (int i = 0; i < 20; i++) {
          accepted(send(sender, "receiver", "durable " + i, Guarantee.EXACTLY_ONCE));
          assertThat(next(arrived)).isEqualTo("durable " + i);
        }
        other.rollback();
      }
      List<Integer> statuses = new ArrayList<>();
      for (CompletableFuture<Integer> status : queries) {
        statuses.add(status.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
      }
      assertThat(statuses).containsOnly(200, 503).contains(200, 503);
      assertThat(gateway.rest("GET", path, key, null).statusCode()).isEqualTo(200);
    }
  }

  /// Stops the server's first process before it looks for the others: from then on there are no new
  /// ones, which would go on.
  private static List<Long> stop(Path pidFile) throws Exception {
    long first = Long.parseLong(Files.readAllLines(pidFile).getFirst().strip());
    signal("STOP", List.of(first));
    List<Long> others =
        ProcessHandle.of(first).orElseThrow().descendants().map(ProcessHandle::pid).toList();
    signal("STOP", others);
    return Stream.concat(Stream.of(first), others.stream()).toList();
  }

  private static void signal(String name, List<Long> processes) throws Exception {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    processes.forEach(pid -> command.add(Long.toString(pid)));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void itsOwnDatabaseIsKilledInMidStreamAndWhatHadItsReceiptArrives() throws Exception {
    Set<String> handled = ConcurrentHashMap.newKeySet();
    Set<String> promised = ConcurrentHashMap.newKeySet();
    Set<ErrorCode> refusals = ConcurrentHashMap.newKeySet();
    List<Sent> all = new ArrayList<>();
    try (TestGateway gateway = new TestGateway(config(null));
        AegisClient sender = AegisClient.connect(gateway.enrol("sender"));
        AegisClient _ =
            AegisClient.connect(
                gateway.enrol("receiver"), c -> c.on("*", m -> handled.add(m.text())))) {
      for (int round = 0; round < 3; round++) {
        CountDownLatch some = new CountDownLatch(100);
        for (int i = 0; i < 2_000; i++) {
          String text = round + "/" + i + " " + UUID.randomUUID();
          Sent sent = send(sender, "receiver", text, Guarantee.AT_LEAST_ONCE);
          sent.accepted()
              .whenComplete((_, why) -> {
                if (why == null) {
                  promised.add(text);
                } else if (why instanceof RefusedException refusal) {
                  refusals.add(refusal.code());
                }
                some.countDown();
              });
          all.add(sent);
        }
        assertThat(some.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        kill(directory.resolve("gateway/postgres/data/postmaster.pid"));
        await()
            .atMost(PATIENCE)
            .until(() -> gateway.admin("GET", "/readyz", null).statusCode() == 200);
      }
      CompletableFuture.allOf(
              all.stream()
                  .map(sent -> sent.accepted().handle((_, _) -> true))
                  .toArray(CompletableFuture[]::new))
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(handled).containsAll(promised));
      Sent last = send(sender, "receiver", "last", Guarantee.AT_LEAST_ONCE);
      accepted(last);
      last.processed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    assertThat(promised).hasSizeGreaterThan(300);
    assertThat(refusals).isSubsetOf(ErrorCode.STORE_UNAVAILABLE);
  }

  private static void kill(Path pidFile) throws Exception {
    long pid = Long.parseLong(Files.readAllLines(pidFile).getFirst().strip());
    ProcessHandle server = ProcessHandle.of(pid).orElseThrow();
    assertThat(server.destroyForcibly()).isTrue();
    server.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static Sent send(AegisClient sender, String to, String text, Guarantee guarantee) {
    return sender.send(OutgoingMessage.text(to, "task", text).withGuarantee(guarantee));
  }

  private static void accepted(Sent sent) throws Exception {
    sent.accepted().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static void refused(Sent sent) {
    assertThatThrownBy(() -> accepted(sent))
        .cause()
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
              assertThat(e.code().wire()).isEqualTo(14);
              assertThat(e.retryAfter()).isPositive();
            });
  }

  private static String next(BlockingQueue<String> queue) throws InterruptedException {
    return String.valueOf(queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  private GatewayConfig config(GatewayConfig.@Nullable Postgres postgres) {
    JournalSettings journal = JournalSettings.defaults().withCommitRetry(Duration.ofMillis(500));
    return new GatewayConfig(
            directory.resolve("gateway"),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            postgres,
            null)
        .withJournal(journal);
  }
}
