package dev.aegis.store.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.crypto.DevCertificate;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.protocol.Priority;
import dev.aegis.store.EmbeddedRedis;
import dev.aegis.store.EmbeddedRedisRole;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// What a fabric does while Redis dies, stands still, forgets, or is replaced.
final class RedisOutageIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final byte[] KEYSET = StorageCipher.newKeyset();

  /// What a test may call at once.
  private static final Duration FAST = Duration.ofMillis(100);

  private static RedisSettings settings(String url) {
    return RedisSettings.of(url)
        .withTimeouts(Duration.ofSeconds(2), Duration.ofMillis(500))
        .withLasting(Duration.ofSeconds(3), Duration.ofMinutes(10), Duration.ofMillis(500));
  }

  private static RedisFabric open(RedisSettings settings, long id, FabricListener listener) {
    return RedisFabric.open(
        settings,
        new FabricNode("outage", id),
        FabricLimits.defaults(),
        StorageCipher.fromKeyset(KEYSET),
        listener,
        new Random(id));
  }

  private static SendResult send(Fabric from, String text) {
    return FabricContract.get(from.send(2, Priority.NORMAL, FabricContract.bytes(text)));
  }

  @Test
  void comesBackByItselfAfterRedisWasKilled() throws IOException {
    RecordingFabricListener listener = new RecordingFabricListener();
    try (EmbeddedRedis server =
            EmbeddedRedis.start(RedisFabricIT.freshHome(), RedisFabricIT.BINARIES);
        RedisFabric sender = open(settings(server.url()), 1, new RecordingFabricListener());
        RedisFabric reader = open(settings(server.url()), 2, listener)) {
      assertThat(send(sender, "before")).isEqualTo(SendResult.SENT);
      FabricContract.get(reader.claim("a", 3));
      assertThat(FabricContract.get(reader.subscribe("c"))).isTrue();
      await().atMost(PATIENCE).until(() -> listener.texts().contains("before"));

      server.kill();
      await().atMost(PATIENCE).until(() -> send(sender, "x") == SendResult.UNAVAILABLE);
      assertAllRefusedAtOnce(sender);
      assertThat(sender.state().up()).isFalse();

      server.restart();
      await().atMost(PATIENCE).until(() -> send(sender, "after") == SendResult.SENT);
      await().atMost(PATIENCE).until(() -> listener.texts().contains("after"));
      await().atMost(PATIENCE).until(() -> sender.state().up() && reader.state().up());
      assertThat(FabricContract.get(sender.find("a"))).contains(new Holder(2, 3));
      await()
          .atMost(PATIENCE)
          .until(() -> {
            sender.publish("c", FabricContract.bytes("p"));
            return !listener.published.isEmpty();
          });
      assertThat(sender.state().reconnects()).isPositive();
    }
  }

  private static void assertAllRefusedAtOnce(Fabric sender) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          long began = System.nanoTime();
          List<CompletableFuture<SendResult>> results = new ArrayList<>();
          for (int i = 0; i < 100; i++) {
            results.add(
                sender.send(2, Priority.NORMAL, FabricContract.bytes("x")).toCompletableFuture());
          }
          assertThat(results.stream().map(FabricContract::result))
              .containsOnly(SendResult.UNAVAILABLE);
          assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(FAST);
        });
  }

  @Test
  void inboxAndPresenceComeBackAfterFlushAllUnderLoad() throws Exception {
    RecordingFabricListener listener = new RecordingFabricListener();
    try (EmbeddedRedis server =
            EmbeddedRedis.start(RedisFabricIT.freshHome(), RedisFabricIT.BINARIES);
        RedisFabric sender = open(settings(server.url()), 1, new RecordingFabricListener());
        RedisFabric reader = open(settings(server.url()), 2, listener)) {
      for (int i = 0; i < 500; i++) {
        reader.claim("agent-" + i, 9);
      }
      FabricContract.get(reader.claim("last", 9));
      AtomicBoolean stop = new AtomicBoolean();
      AtomicLong sent = new AtomicLong();
      Thread load =
          Thread.ofVirtual()
              .start(() -> {
                while (!stop.get()) {
                  if (send(sender, "load") == SendResult.SENT) {
                    sent.incrementAndGet();
                  }
                }
              });
      RedisClient client = RedisClient.create(server.url());
      try {
        var redis = client.connect().sync();
        for (int round = 1; round <= 3; round++) {
          long before = sent.get();
          await().atMost(PATIENCE).until(() -> sent.get() > before + 100);
          redis.flushall();
          int expected = round;
          await().atMost(PATIENCE).until(() -> listener.inboxesLost.get() == expected);
          long back = sent.get();
          await().atMost(PATIENCE).until(() -> sent.get() > back + 100);
        }
        await().atMost(PATIENCE).until(() -> redis.keys("aegis:outage:agent:*").size() == 501);
      } finally {
        stop.set(true);
        load.join();
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
      }
      assertThat(FabricContract.get(sender.find("agent-250"))).contains(new Holder(2, 9));
      int had = listener.received.size();
      assertThat(send(sender, "end")).isEqualTo(SendResult.SENT);
      await().atMost(PATIENCE).until(() -> listener.received.size() > had);
      assertThat(reader.state().inboxesLost()).isEqualTo(3);
    }
  }

  @Test
  void refusesAtOnceWhileRedisStandsStillAndGoesOnAfterwards() throws IOException {
    RecordingFabricListener listener = new RecordingFabricListener();
    try (EmbeddedRedis server =
            EmbeddedRedis.start(RedisFabricIT.freshHome(), RedisFabricIT.BINARIES);
        RedisFabric sender = open(settings(server.url()), 1, new RecordingFabricListener());
        RedisFabric reader = open(settings(server.url()), 2, listener)) {
      assertThat(send(sender, "before")).isEqualTo(SendResult.SENT);
      server.pause();
      try {
        assertAllRefusedAtOnce(sender);
        await().atMost(PATIENCE).until(() -> !reader.state().up());
      } finally {
        server.resume();
      }
      await().atMost(PATIENCE).until(() -> send(sender, "after") == SendResult.SENT);
      await().atMost(PATIENCE).until(() -> listener.texts().contains("after"));
      // In order, whatever arrived of what was refused.
      assertThat(listener.texts()).startsWith("before").endsWith("after");
    }
  }

  @Test
  void followsASentinelToTheNewMaster() throws IOException {
    Path home = RedisFabricIT.freshHome();
    Path binaries = RedisFabricIT.BINARIES;
    RecordingFabricListener listener = new RecordingFabricListener();
    try (EmbeddedRedis master = EmbeddedRedis.start(home.resolve("master"), binaries);
        EmbeddedRedis replica =
            EmbeddedRedis.start(
                home.resolve("replica"), binaries, EmbeddedRedisRole.replicaOf(master));
        EmbeddedRedis sentinel =
            EmbeddedRedis.start(
                home.resolve("sentinel"),
                binaries,
                EmbeddedRedisRole.sentinelOf("main", master, 500))) {
      awaitReplica(master, sentinel);
      String url =
          "redis-sentinel://:" + master.password() + "@127.0.0.1:" + sentinel.port() + "/0#main";
      try (RedisFabric sender = open(settings(url), 1, new RecordingFabricListener());
          RedisFabric reader = open(settings(url), 2, listener)) {
        assertThat(send(sender, "before")).isEqualTo(SendResult.SENT);
        FabricContract.get(reader.claim("a", 3));
        master.kill();
        await().atMost(PATIENCE).until(() -> send(sender, "x") == SendResult.UNAVAILABLE);
        await()
            .atMost(PATIENCE)
            .until(() -> {
              send(sender, "after"); // one may go with an inbox that the replica had not got yet
              return listener.texts().contains("after");
            });
        await()
            .atMost(PATIENCE)
            .until(() ->
                FabricContract.get(sender.find("a"))
                    .equals(java.util.Optional.of(new Holder(2, 3))));
      }
      assertThat(replica.alive()).isTrue();
    }
  }

  private static void awaitReplica(EmbeddedRedis master, EmbeddedRedis sentinel) {
    RedisClient client = RedisClient.create();
    try {
      var redis = client.connect(io.lettuce.core.RedisURI.create(master.url())).sync();
      await().atMost(PATIENCE).until(() -> redis.info("replication").contains("state=online"));
      var watch =
          client
              .connectSentinel(io.lettuce.core.RedisURI.create("127.0.0.1", sentinel.port()))
              .sync();
      await().atMost(PATIENCE).until(() -> watch.replicas("main").size() == 1);
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  @Test
  void speaksTlsToAServerOfItsCertificateAuthorityOnly() throws Exception {
    Path home = RedisFabricIT.freshHome();
    DevCertificate made =
        DevCertificate.create(
            List.of("localhost"),
            List.of(InetAddress.ofLiteral("127.0.0.1")),
            Instant.now().minusSeconds(60),
            Duration.ofDays(1),
            new SecureRandom());
    Path certificate =
        pem(home.resolve("cert.pem"), "CERTIFICATE", made.certificate().getEncoded());
    Path key = pem(home.resolve("key.pem"), "PRIVATE KEY", made.privateKey().getEncoded());
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      port = free.getLocalPort();
    }
    RecordingFabricListener listener = new RecordingFabricListener();
    try (EmbeddedRedis server =
        EmbeddedRedis.start(
            home.resolve("data"),
            RedisFabricIT.BINARIES,
            EmbeddedRedisRole.tls(port, certificate.toAbsolutePath(), key.toAbsolutePath()))) {
      String url = "rediss://default:" + server.password() + "@127.0.0.1:" + port + "/1";
      try (RedisFabric distrusting = open(settings(url), 1, new RecordingFabricListener())) {
        assertThat(send(distrusting, "x")).isEqualTo(SendResult.UNAVAILABLE);
      }
      try (RedisFabric fabric = open(settings(url).withCaFile(certificate), 2, listener)) {
        assertThat(send(fabric, "sealed twice")).isEqualTo(SendResult.SENT);
        await().atMost(PATIENCE).until(() -> listener.texts().contains("sealed twice"));
      }
    }
  }

  private static Path pem(Path file, String label, byte[] der) throws IOException {
    return Files.writeString(
        file,
        "-----BEGIN "
            + label
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END "
            + label
            + "-----\n");
  }

  @Test
  void joinsARedisThatComesLater() throws IOException {
    Path home = RedisFabricIT.freshHome();
    EmbeddedRedis server = EmbeddedRedis.start(home, RedisFabricIT.BINARIES);
    server.kill();
    RecordingFabricListener listener = new RecordingFabricListener();
    RedisSettings impatient =
        settings(server.url()).withTimeouts(Duration.ofMillis(200), Duration.ofMillis(500));
    try (RedisFabric fabric = open(impatient, 2, listener)) {
      assertThat(FabricContract.get(fabric.claim("a", 1))).isEqualTo(new Claim.Unavailable());
      assertThat(FabricContract.get(fabric.subscribe("c"))).isFalse();
      server.restart();
      await().atMost(PATIENCE).until(() -> send(fabric, "now") == SendResult.SENT);
      await().atMost(PATIENCE).until(() -> listener.texts().contains("now"));
      await().atMost(PATIENCE).until(() -> FabricContract.get(fabric.find("a")).isPresent());
    } finally {
      server.close();
    }
  }
}
