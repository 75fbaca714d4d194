package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.protocol.Guarantee;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedisCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two gateways over a Redis Cluster, a master of which is killed and replaced by its replica.
class ClusterFailoverIT {
  private static final long PATIENCE_SECONDS = 30;

  @TempDir Path directory;

  @Test
  void gatewaysGoOnWithTheReplicaByThemselves() throws Exception {
    BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
    BlockingQueue<IncomingMessage> heard = new LinkedBlockingQueue<>();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
        EmbeddedRedisCluster redis =
            EmbeddedRedisCluster.startReplicated(
                directory.resolve("redis"), directory.resolve("binaries"), 3)) {
      TestCluster cluster = new TestCluster(directory, postgres, redis.url());
      try (TestGateway one = cluster.node("one");
          TestGateway two = cluster.node("two");
          AegisClient bob =
              AegisClient.connect(two.enrol("x-bob"), c -> c.on("note", received::add));
          AegisClient alice = AegisClient.connect(one.enrol("x-alice"))) {
        bob.subscribe("failover", heard::add).active().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        redis.masters().getFirst().kill();
        durablesArrive(alice, received);
        bestEffortComesBack(alice, received, heard);
      }
    }
  }

  /// While the failover is on as well: through the database.
  private static void durablesArrive(AegisClient alice, BlockingQueue<IncomingMessage> received)
      throws Exception {
    List<Sent> sent = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      String text = "m" + i;
      expected.add(text);
      sent.add(
          alice.send(
              OutgoingMessage.text("x-bob", "note", text).withGuarantee(Guarantee.EXACTLY_ONCE)));
    }
    for (Sent each : sent) {
      each.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    List<String> arrived = new ArrayList<>();
    while (arrived.size() < expected.size()) {
      IncomingMessage message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(message).as("after %s", arrived).isNotNull();
      arrived.add(message.text());
    }
    assertThat(arrived).containsExactlyElementsOf(expected);
  }

  private static void bestEffortComesBack(
      AegisClient alice,
      BlockingQueue<IncomingMessage> received,
      BlockingQueue<IncomingMessage> heard) {
    OutgoingMessage again =
        OutgoingMessage.text("x-bob", "note", "again").withGuarantee(Guarantee.BEST_EFFORT);
    await()
        .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
        .until(() -> {
          alice.send(again);
          return received.poll(200, TimeUnit.MILLISECONDS) != null;
        });
    heard.clear();
    await()
        .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
        .until(() -> {
          alice.publish("failover", again);
          return heard.poll(200, TimeUnit.MILLISECONDS) != null;
        });
  }
}
