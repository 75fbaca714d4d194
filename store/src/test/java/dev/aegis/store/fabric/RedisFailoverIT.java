package dev.aegis.store.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.crypto.StorageCipher;
import dev.aegis.protocol.Priority;
import dev.aegis.store.EmbeddedRedis;
import dev.aegis.store.EmbeddedRedisCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Nodes whose inboxes, claims and channels lie on all servers of a Redis Cluster, one master of
/// which is replaced by its replica.
final class RedisFailoverIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final byte[] KEYSET = StorageCipher.newKeyset();
  private static final List<Long> READERS = LongStream.range(2, 8).boxed().toList();
  private static final List<String> CHANNELS =
      IntStream.range(0, 9).mapToObj(i -> "channel-" + i).toList();

  private final RecordingFabricListener listener = new RecordingFabricListener();
  private final List<Fabric> readers = new ArrayList<>();
  private EmbeddedRedisCluster servers;
  private Fabric sender;
  private int round;

  @BeforeEach
  void start() throws IOException {
    servers =
        EmbeddedRedisCluster.startReplicated(RedisFabricIT.freshHome(), RedisFabricIT.BINARIES, 3);
    sender = open(1, new RecordingFabricListener());
    for (long id : READERS) {
      Fabric reader = open(id, listener);
      readers.add(reader);
      FabricContract.get(reader.claim("agent-" + id, id));
    }
    for (String channel : CHANNELS) {
      assertThat(FabricContract.get(readers.getFirst().subscribe(channel))).isTrue();
    }
    assertEverythingArrives();
  }

  private Fabric open(long id, FabricListener reader) {
    return RedisFabric.open(
        RedisSettings.of(servers.url())
            .withTimeouts(Duration.ofSeconds(2), Duration.ofMillis(500))
            .withLasting(Duration.ofSeconds(6), Duration.ofMinutes(10), Duration.ofMillis(200)),
        new FabricNode("failover", id),
        FabricLimits.defaults(),
        StorageCipher.fromKeyset(KEYSET),
        reader,
        new Random(id));
  }

  @AfterEach
  void stop() {
    readers.forEach(Fabric::close);
    sender.close();
    servers.close();
  }

  @Test
  void goesOnWithTheReplicaOfAMasterThatWasKilled() {
    servers.masters().getFirst().kill();
    assertEverythingArrives();
  }

  @Test
  void subscriptionsFollowTheirSlotsToAnotherMaster() {
    for (EmbeddedRedis replica : servers.replicas()) {
      servers.failOver(replica); // nodes that have nothing else there lose no connection by it
      assertEverythingArrives();
    }
  }

  /// To every inbox and over every channel, and every claim is found; as soon as the way is there.
  private void assertEverythingArrives() {
    round++;
    for (long id : READERS) {
      String text = "round " + round + " to " + id;
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .untilAsserted(() -> {
            FabricContract.get(sender.send(id, Priority.NORMAL, FabricContract.bytes(text)));
            assertThat(listener.texts()).contains(text);
          });
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(FabricContract.get(sender.find("agent-" + id)))
                  .isEqualTo(Optional.of(new Holder(id, id))));
    }
    for (String channel : CHANNELS) {
      RecordingFabricListener.Published expected =
          new RecordingFabricListener.Published(channel, "round " + round);
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .untilAsserted(() -> {
            FabricContract.get(sender.publish(channel, FabricContract.bytes("round " + round)));
            assertThat(listener.published).contains(expected);
          });
    }
    await().atMost(PATIENCE).until(() -> sender.state().up());
  }
}
