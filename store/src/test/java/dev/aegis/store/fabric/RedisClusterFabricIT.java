package dev.aegis.store.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.crypto.StorageCipher;
import dev.aegis.protocol.Priority;
import dev.aegis.store.EmbeddedRedis;
import dev.aegis.store.EmbeddedRedisCluster;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The contract over a Redis Cluster of three masters.
final class RedisClusterFabricIT extends FabricContract {
  private static final byte[] KEYSET = StorageCipher.newKeyset();
  private static EmbeddedRedisCluster servers;

  @BeforeAll
  static void startServers() throws IOException {
    servers = EmbeddedRedisCluster.start(RedisFabricIT.freshHome(), RedisFabricIT.BINARIES, 3);
  }

  @AfterAll
  static void stopServers() {
    servers.close();
  }

  @Override
  Fabric openNode(FabricNode node, FabricLimits limits, FabricListener listener) {
    return RedisFabric.open(
        RedisSettings.of(servers.url())
            .withLasting(Duration.ofSeconds(6), Duration.ofHours(1), Duration.ofMillis(200)),
        node,
        limits,
        StorageCipher.fromKeyset(KEYSET),
        listener,
        new Random(node.id()));
  }

  @Override
  void crash(Fabric fabric) {
    ((RedisFabric) fabric).abandon();
  }

  @Test
  void comesBackAfterAllMastersWereFlushed() {
    RecordingFabricListener listener = new RecordingFabricListener();
    Fabric one = open(1, listener);
    Fabric two = open(2, new RecordingFabricListener());
    int agents = 100; // over all slots
    IntStream.range(0, agents).forEach(i -> get(one.claim("agent-" + i, 7)));
    flushAll();
    await().atMost(PATIENCE).until(() -> listener.inboxesLost.get() == 1);
    await()
        .atMost(PATIENCE)
        .until(() -> result(two.send(1, Priority.NORMAL, bytes("back"))) == SendResult.SENT);
    await().atMost(PATIENCE).until(() -> listener.texts().contains("back"));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(IntStream.range(0, agents).mapToObj(i -> get(two.find("agent-" + i))))
                .containsOnly(Optional.of(new Holder(1, 7))));
  }

  @Test
  void oneMasterThatStandsStillDoesNotStopTheOthers() {
    RecordingFabricListener listener = new RecordingFabricListener();
    Fabric sender = open(1, new RecordingFabricListener());
    // Nodes on all three masters.
    for (int id = 2; id < 12; id++) {
      open(id, listener);
    }
    EmbeddedRedis stopped = servers.masters().getFirst();
    stopped.pause();
    try {
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            long began = System.nanoTime();
            var results =
                IntStream.range(2, 12)
                    .mapToObj(id -> sender.send(id, Priority.NORMAL, bytes("x")))
                    .toList()
                    .stream()
                    .map(FabricContract::result)
                    .toList();
            assertThat(results).contains(SendResult.SENT, SendResult.UNAVAILABLE);
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                .isLessThan(Duration.ofMillis(500));
          });
    } finally {
      stopped.resume();
    }
    await()
        .atMost(PATIENCE)
        .until(() ->
            IntStream.range(2, 12)
                .mapToObj(id -> sender.send(id, Priority.NORMAL, bytes("y")))
                .toList()
                .stream()
                .map(FabricContract::result)
                .allMatch(SendResult.SENT::equals));
  }

  private static void flushAll() {
    RedisClient client = RedisClient.create();
    try {
      for (EmbeddedRedis master : servers.masters()) {
        client.connect(RedisURI.create(master.url())).sync().flushall();
      }
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }
}
