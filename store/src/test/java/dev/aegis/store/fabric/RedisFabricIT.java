package dev.aegis.store.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.crypto.StorageCipher;
import dev.aegis.protocol.Priority;
import dev.aegis.store.EmbeddedRedis;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.AsyncCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The contract over one Redis, and what others may do to it there.
final class RedisFabricIT extends FabricContract {
  static final Path BINARIES = Path.of("target", "redis-binaries");

  private static final byte[] KEYSET = StorageCipher.newKeyset();
  private static EmbeddedRedis server;
  private static RedisClient client;
  private static StatefulRedisConnection<byte[], byte[]> connection;
  private static RedisCommands<byte[], byte[]> redis;

  @BeforeAll
  static void startServer() throws IOException {
    server = EmbeddedRedis.start(freshHome(), BINARIES);
    client = RedisClient.create(server.url());
    connection = client.connect(ByteArrayCodec.INSTANCE);
    redis = connection.sync();
  }

  @AfterAll
  static void stopServer() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    server.close();
  }

  static Path freshHome() throws IOException {
    return Files.createTempDirectory(Files.createDirectories(Path.of("target")), "redis");
  }

  @Override
  Fabric openNode(FabricNode node, FabricLimits limits, FabricListener listener) {
    return open(RedisSettings.of(server.url()), node, limits, listener);
  }

  private static RedisFabric open(
      RedisSettings settings, FabricNode node, FabricLimits limits, FabricListener listener) {
    return RedisFabric.open(
        settings, node, limits, StorageCipher.fromKeyset(KEYSET), listener, new Random(node.id()));
  }

  @Override
  void crash(Fabric fabric) {
    ((RedisFabric) fabric).abandon();
  }

  private byte[] inbox(long node, Priority priority) {
    return new RedisKeys(cluster).inbox(node, priority);
  }

  @Test
  void redisSeesNoPlaintext() throws IOException {
    RecordingFabricListener listener = new RecordingFabricListener();
    listener.stop();
    open(2, listener);
    Fabric sender = open(1, new RecordingFabricListener());
    String secret = "a-plaintext-that-nobody-else-writes";
    for (int i = 0; i < 40; i++) {
      assertThat(result(sender.send(2, Priority.NORMAL, bytes(secret + i))))
          .isEqualTo(SendResult.SENT);
    }
    List<StreamMessage<byte[], byte[]>> lying =
        redis.xrange(inbox(2, Priority.NORMAL), Range.unbounded(), Limit.from(1_000));
    assertThat(lying).isNotEmpty();
    for (StreamMessage<byte[], byte[]> each : lying) {
      for (byte[] value : each.getBody().values()) {
        assertThat(new String(value, StandardCharsets.ISO_8859_1)).doesNotContain("plaintext");
      }
    }
    listener.goOn();
    await().atMost(PATIENCE).until(() -> listener.received.size() == 40);
    assertThat(listener.texts().getFirst()).isEqualTo(secret + 0);
  }

  @Test
  void copiedEntriesDoNothing() {
    RecordingFabricListener listener = new RecordingFabricListener();
    listener.stop();
    RecordingFabricListener third = new RecordingFabricListener();
    Fabric reader = open(2, listener);
    Fabric other = open(3, third);
    Fabric sender = open(1, new RecordingFabricListener());
    byte[] from = inbox(2, Priority.NORMAL);
    assertThat(result(sender.send(2, Priority.NORMAL, bytes("once")))).isEqualTo(SendResult.SENT);
    Map<byte[], byte[]> copy =
        redis.xrange(from, Range.unbounded(), Limit.from(1)).getFirst().getBody();

    redis.xadd(from, copy);
    redis.xadd(inbox(2, Priority.CRITICAL), copy); // another class
    redis.xadd(inbox(3, Priority.NORMAL), copy); // another node
    listener.goOn();

    await().atMost(PATIENCE).until(() -> reader.state().replays() == 1);
    await().atMost(PATIENCE).until(() -> reader.state().poison() == 1);
    await().atMost(PATIENCE).until(() -> other.state().poison() == 1);
    assertThat(result(sender.send(2, Priority.NORMAL, bytes("twice")))).isEqualTo(SendResult.SENT);
    await().atMost(PATIENCE).until(() -> listener.received.size() == 2);
    assertThat(listener.texts()).containsExactly("once", "twice");
    assertThat(third.received).isEmpty();
    awaitEmpty(from);
  }

  @Test
  void poisonIsRemovedAndStopsNobody() {
    RecordingFabricListener listener = new RecordingFabricListener();
    Fabric reader = open(2, listener);
    byte[] stream = inbox(2, Priority.NORMAL);
    byte[] header = new Seals.Header(1, 1).bytes();
    redis.xadd(stream, Map.of(bytes("h"), header, bytes("e"), new byte[100]));
    redis.xadd(stream, Map.of(bytes("h"), new byte[3], bytes("e"), new byte[0]));
    redis.xadd(stream, Map.of(bytes("what"), bytes("ever")));
    byte[] empty =
        StorageCipher.fromKeyset(KEYSET)
            .seal(
                new byte[0], new Seals(cluster).inbox(2, Priority.NORMAL, new Seals.Header(1, 1)));
    redis.xadd(stream, Map.of(bytes("h"), header, bytes("e"), empty));
    byte[] foreign =
        StorageCipher.fromKeyset(StorageCipher.newKeyset()).seal(bytes("x"), bytes("y"));
    redis.xadd(stream, Map.of(bytes("h"), header, bytes("e"), foreign));

    await().atMost(PATIENCE).until(() -> reader.state().poison() == 5);
    Fabric sender = open(1, new RecordingFabricListener());
    assertThat(result(sender.send(2, Priority.NORMAL, bytes("fine")))).isEqualTo(SendResult.SENT);
    await().atMost(PATIENCE).until(() -> listener.texts().equals(List.of("fine")));
    awaitEmpty(stream);
  }

  @Test
  void poisonOnAChannelStopsNobody() {
    RecordingFabricListener listener = new RecordingFabricListener();
    Fabric reader = open(2, listener);
    assertThat(get(reader.subscribe("c"))).isTrue();
    redis.spublish(new RedisKeys(cluster).topic("c"), bytes("not a message of ours at all"));
    await().atMost(PATIENCE).until(() -> reader.state().poison() == 1);
    Fabric publisher = open(1, new RecordingFabricListener());
    publisher.publish("c", bytes("fine"));
    await().atMost(PATIENCE).until(() -> listener.published.size() == 1);
  }

  @Test
  void whatWasReadAndNotTakenIsReadAgain() {
    RecordingFabricListener listener = new RecordingFabricListener();
    listener.stop();
    Fabric reader = open(2, listener);
    Fabric sender = open(1, new RecordingFabricListener());
    // The reader holds the first one; a read of its name, as of one that was lost, takes the
    // second.
    assertThat(result(sender.send(2, Priority.NORMAL, bytes("first")))).isEqualTo(SendResult.SENT);
    byte[] stream = inbox(2, Priority.NORMAL);
    await().atMost(PATIENCE).until(() -> redis.xpending(stream, bytes("node")).getCount() == 1);
    assertThat(result(sender.send(2, Priority.NORMAL, bytes("second")))).isEqualTo(SendResult.SENT);
    assertThat(
            FabricContract.get(
                asked(
                    new RedisRequests(new RedisKeys(cluster), FabricLimits.defaults())
                        .read(2, List.of(Priority.NORMAL), ">", 1, 0))))
        .hasSize(1);
    listener.goOn();
    await().atMost(PATIENCE).until(() -> listener.received.size() == 2);
    assertThat(listener.texts()).containsExactly("first", "second");
    awaitEmpty(stream);
    assertThat(reader.state().replays()).isZero();
  }

  @Test
  void theInboxOfADeadNodeRunsOut() {
    RedisSettings brief =
        RedisSettings.of(server.url())
            .withLasting(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ZERO);
    RedisFabric dead =
        open(
            brief,
            new FabricNode(cluster, 2),
            FabricLimits.defaults(),
            new RecordingFabricListener());
    Fabric sender = open(1, new RecordingFabricListener());
    get(dead.claim("a", 1));
    assertThat(result(sender.send(2, Priority.NORMAL, bytes("x")))).isEqualTo(SendResult.SENT);
    // Kept while it lives, beyond lease and presence.
    await()
        .pollDelay(Duration.ofSeconds(3))
        .atMost(PATIENCE)
        .until(() -> get(sender.find("a")).isPresent());
    assertThat(result(sender.send(2, Priority.NORMAL, bytes("x")))).isEqualTo(SendResult.SENT);
    dead.abandon();
    await()
        .atMost(PATIENCE)
        .until(() -> result(sender.send(2, Priority.NORMAL, bytes("x"))) == SendResult.NO_INBOX);
    await().atMost(PATIENCE).until(() -> get(sender.find("a")).isEmpty());
    assertThat(redis.keys("aegis:{" + cluster + ":2}*")).isEmpty();
  }

  @Test
  void connectsToNothingAndSaysSo() {
    RedisSettings nowhere =
        RedisSettings.of("redis://127.0.0.1:1")
            .withTimeouts(Duration.ofMillis(300), Duration.ofMillis(300));
    try (RedisFabric fabric =
        open(
            nowhere,
            new FabricNode(cluster, 1),
            FabricLimits.defaults(),
            new RecordingFabricListener())) {
      assertThat(result(fabric.send(2, Priority.NORMAL, bytes("x"))))
          .isEqualTo(SendResult.UNAVAILABLE);
      assertThat(get(fabric.claim("a", 1))).isEqualTo(new Claim.Unavailable());
      assertThat(get(fabric.find("a"))).isEmpty();
      assertThat(get(fabric.subscribe("c"))).isFalse();
      assertThat(fabric.state().up()).isFalse();
      await().atMost(PATIENCE).until(() -> !fabric.state().lastError().isEmpty());
    }
  }

  private static <T> AsyncCommand<byte[], byte[], T> asked(
      AsyncCommand<byte[], byte[], T> command) {
    connection.dispatch(command);
    return command;
  }

  private static void awaitEmpty(byte[] stream) {
    await().atMost(PATIENCE).until(() -> redis.xlen(stream) == 0);
  }
}
