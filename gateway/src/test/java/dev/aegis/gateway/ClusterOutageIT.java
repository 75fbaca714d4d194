package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.client.SubscribeOptions;
import dev.aegis.protocol.Guarantee;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two gateways whose Redis, or one of which, goes away.
class ClusterOutageIT {
  private static final long PATIENCE_SECONDS = 30;

  @TempDir Path directory;
  private EmbeddedPostgres postgres;
  private EmbeddedRedis redis;
  private TestGateway one;
  private TestGateway two;

  @BeforeEach
  void start() throws Exception {
    postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
    redis = EmbeddedRedis.start(directory.resolve("redis"), directory.resolve("binaries"));
    TestCluster cluster = new TestCluster(directory, postgres, redis.url());
    one = cluster.node("one");
    two = cluster.node("two");
  }

  @AfterEach
  void stop() {
    two.close();
    one.close();
    redis.close();
    postgres.close();
  }

  @Test
  void durableMessagesArriveWithoutRedisAndTheRestComesBackWithIt() throws Exception {
    BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
    ClientOptions carol = one.enrol("o-carol");
    try (AegisClient _ = AegisClient.connect(two.enrol("o-bob"), c -> c.on("note", received::add));
        AegisClient alice = AegisClient.connect(one.enrol("o-alice"))) {
      redis.kill();
      List<Sent> sent = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        sent.add(alice.send(OutgoingMessage.text("o-bob", "note", "m" + i)));
      }
      for (Sent each : sent) {
        each.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      for (int i = 0; i < 50; i++) {
        IncomingMessage message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(message).isNotNull();
        assertThat(message.text()).isEqualTo("m" + i);
      }
      // An agent that has never been anywhere logs in, and gets its first message.
      try (AegisClient _ = AegisClient.connect(two.here(carol), c -> c.on("note", received::add))) {
        alice.send(OutgoingMessage.text("o-carol", "note", "hello"));
        assertThat(received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
      }

      redis = EmbeddedRedis.start(directory.resolve("redis"), directory.resolve("binaries"));
      awaitBestEffort(alice, "o-bob", received);
    }
  }

  @Test
  void aRedisThatWasFlushedIsFilledAgain() throws Exception {
    BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
    try (AegisClient _ = AegisClient.connect(two.enrol("f-bob"), c -> c.on("note", received::add));
        AegisClient alice = AegisClient.connect(one.enrol("f-alice"))) {
      flush();
      Sent sent = alice.send(OutgoingMessage.text("f-bob", "note", "durable"));
      sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
      awaitBestEffort(alice, "f-bob", received);
    }
  }

  @Test
  void agentsOfANodeThatStopsGoOnAtTheOther() throws Exception {
    BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
    ClientOptions bob = two.enrol("s-bob");
    try (AegisClient alice = AegisClient.connect(one.enrol("s-alice"))) {
      try (AegisClient _ = AegisClient.connect(bob, c -> c.on("note", received::add))) {
        alice
            .send(OutgoingMessage.text("s-bob", "note", "first"))
            .processed()
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      two.close();
      alice
          .send(OutgoingMessage.text("s-bob", "note", "second"))
          .accepted()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      try (AegisClient _ = AegisClient.connect(one.here(bob), c -> c.on("note", received::add))) {
        assertThat(received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS).text()).isEqualTo("first");
        assertThat(received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS).text()).isEqualTo("second");
      }
    }
  }

  @Test
  void aDurableSubscriptionCountsForWhatIsPublishedAtAnyNode() throws Exception {
    BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
    ClientOptions bob = two.enrol("d-bob");
    try (AegisClient subscriber = AegisClient.connect(bob);
        AegisClient alice = AegisClient.connect(one.enrol("d-alice"))) {
      subscriber
          .subscribe("news.*", SubscribeOptions.defaults().withDurable(true), received::add)
          .active()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      await()
          .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
          .until(() -> {
            alice
                .publish("news.eu", OutgoingMessage.text("x", "note", "hear"))
                .accepted()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return received.poll(1, TimeUnit.SECONDS) != null;
          });
    }
  }

  @Test
  void whatNodesCannotTellEachOtherWithoutRedisIsReadFromTheDatabase() throws Exception {
    BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
    ClientOptions mallory = two.enrol("w-mallory");
    try (AegisClient subscriber = AegisClient.connect(two.enrol("w-bob"));
        AegisClient evil = AegisClient.connect(mallory);
        AegisClient alice = AegisClient.connect(one.enrol("w-alice"))) {
      redis.kill();
      subscriber
          .subscribe("news.*", SubscribeOptions.defaults().withDurable(true), received::add)
          .active()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(one.admin("DELETE", "/admin/agents/w-mallory", null).statusCode()).isEqualTo(200);
      evil.ended().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      redis.restart();
      await()
          .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
          .until(() -> {
            alice
                .publish("news.eu", OutgoingMessage.text("x", "note", "hear"))
                .accepted()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return received.poll(200, TimeUnit.MILLISECONDS) != null;
          });
    }
  }

  private void flush() {
    RedisClient client = RedisClient.create(redis.url());
    try (client;
        StatefulRedisConnection<String, String> connection = client.connect()) {
      connection.sync().flushall();
    }
  }

  /// Best-effort is dropped while its way is not there: it is sent until it arrives.
  private static void awaitBestEffort(
      AegisClient from, String to, BlockingQueue<IncomingMessage> received) {
    await()
        .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
        .until(() -> {
          from.send(OutgoingMessage.text(to, "note", "again").withGuarantee(Guarantee.BEST_EFFORT));
          return received.poll(200, TimeUnit.MILLISECONDS) != null;
        });
  }
}
