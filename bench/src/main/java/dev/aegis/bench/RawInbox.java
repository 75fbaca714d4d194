package dev.aegis.bench;

import io.lettuce.core.Consumer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/// The least that a stream as an inbox takes: entries are added in one pipeline with hand-made
/// flushes, read by a consumer group, acknowledged and deleted, all in batches.
final class RawInbox implements AutoCloseable {
  private static final int BATCH = 256;
  private static final Duration BLOCK = Duration.ofMillis(100);
  private static final byte[] STREAM = ascii("aegis-bench-inbox");
  private static final byte[] GROUP = ascii("raw");

  private final RedisClient client;
  private final byte[] payload;
  private final int batch;
  private final Semaphore room;
  private final AtomicLong removed = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  private RawInbox(RedisClient client, byte[] payload, int window) {
    this.client = client;
    this.payload = payload;
    this.batch = Math.max(1, Math.min(BATCH, window / 4));
    this.room = new Semaphore(window);
  }

  /// @param window entries that are under way at most
  static RawInbox open(String url, byte[] payload, int window) {
    RedisClient client = RedisClient.create(RedisURI.create(url));
    RawInbox inbox = new RawInbox(client, payload, window);
    StatefulRedisConnection<byte[], byte[]> setUp = client.connect(ByteArrayCodec.INSTANCE);
    setUp.sync().del(STREAM);
    setUp
        .sync()
        .xgroupCreate(
            XReadArgs.StreamOffset.from(STREAM, "0"),
            GROUP,
            XGroupCreateArgs.Builder.mkstream(true));
    setUp.close();
    inbox.start("write", inbox::write);
    inbox.start("read", inbox::read);
    return inbox;
  }

  private void start(String name, Runnable work) {
    threads.add(
        Thread.ofPlatform()
            .name("raw-" + name)
            .start(() -> {
              try {
                work.run();
              } catch (RedisException | CancellationException e) {
                if (!closed) {
                  throw e;
                }
              }
            }));
  }

  private void write() {
    try (StatefulRedisConnection<byte[], byte[]> connection =
        client.connect(ByteArrayCodec.INSTANCE)) {
      connection.setAutoFlushCommands(false);
      RedisAsyncCommands<byte[], byte[]> redis = connection.async();
      Map<byte[], byte[]> body = Map.of(ascii("e"), payload);
      while (!closed) {
        room.acquireUninterruptibly(batch);
        for (int i = 0; i < batch; i++) {
          redis.xadd(STREAM, body);
        }
        connection.flushCommands();
      }
    }
  }

  private void read() {
    try (StatefulRedisConnection<byte[], byte[]> connection =
        client.connect(ByteArrayCodec.INSTANCE)) {
      connection.setAutoFlushCommands(false);
      RedisAsyncCommands<byte[], byte[]> redis = connection.async();
      Consumer<byte[]> consumer = Consumer.from(GROUP, GROUP);
      XReadArgs how = XReadArgs.Builder.count(batch * 2L).block(BLOCK);
      XReadArgs.StreamOffset<byte[]> fresh = XReadArgs.StreamOffset.lastConsumed(STREAM);
      while (!closed) {
        @SuppressWarnings("unchecked")
        RedisFuture<List<StreamMessage<byte[], byte[]>>> read =
            redis.xreadgroup(consumer, how, fresh);
        connection.flushCommands();
        List<StreamMessage<byte[], byte[]>> entries = read.toCompletableFuture().join();
        if (!entries.isEmpty()) {
          String[] ids = entries.stream().map(StreamMessage::getId).toArray(String[]::new);
          redis.xack(STREAM, GROUP, ids); // they go out with the next read
          redis.xdel(STREAM, ids);
          removed.addAndGet(ids.length);
          room.release(ids.length);
        }
      }
    }
  }

  /// Entries so far.
  long removed() {
    return removed.get();
  }

  @Override
  public void close() {
    closed = true;
    room.release(BATCH);
    boolean interrupted = false;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    try (StatefulRedisConnection<byte[], byte[]> connection =
        client.connect(ByteArrayCodec.INSTANCE)) {
      connection.sync().del(STREAM);
    }
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
