package dev.aegis.store.fabric;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.protocol.ProtocolException;
import io.lettuce.core.RedisException;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// What others publish: subscriptions that last, and a thread that opens what comes and hands it to
/// the listener. What it cannot keep up with is dropped and counted.
final class RedisTopics implements AutoCloseable {
  /// Subscribing beyond it is an error of the caller's.
  private static final int MOST_CHANNELS = 1 << 16;

  private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final RedisLink link;
  private final RedisKeys keys;
  private final FabricNode node;
  private final Seals seals;
  private final StorageCipher cipher;
  private final FabricListener listener;
  private final FabricCounters counters;
  private final Backlog room;
  private final LinkedBlockingQueue<Heard> heard = new LinkedBlockingQueue<>(); // by its room
  private final Set<String> channels = ConcurrentHashMap.newKeySet();
  private final Set<String> lost = ConcurrentHashMap.newKeySet();
  private final Set<StatefulRedisPubSubConnection<byte[], byte[]>> listened =
      ConcurrentHashMap.newKeySet();
  private final ReplayMarks<Publisher> marks = new ReplayMarks<>();
  private final Thread thread;
  private volatile boolean closed;
  private long triedAtNanos = System.nanoTime(); // the keeper's own

  RedisTopics(
      RedisLink link,
      RedisKeys keys,
      FabricNode node,
      StorageCipher cipher,
      FabricLimits limits,
      FabricListener listener,
      FabricCounters counters) {
    this.link = link;
    this.keys = keys;
    this.node = node;
    this.seals = new Seals(node.cluster());
    this.cipher = cipher;
    this.listener = listener;
    this.counters = counters;
    this.room = new Backlog(Long.MAX_VALUE, limits.topicBytes());
    this.thread =
        Thread.ofPlatform().daemon().name("aegis-fabric-topics-" + node.id()).unstarted(this::run);
  }

  private record Heard(byte[] topic, byte[] message) {}

  private record Publisher(long node, String channel) {}

  void start() {
    thread.start();
  }

  CompletionStage<Boolean> subscribe(String channel) {
    if (channels.size() >= MOST_CHANNELS) {
      throw new IllegalStateException("more than " + MOST_CHANNELS + " subscriptions");
    }
    channels.add(channel);
    return subscribeNow(channel);
  }

  private CompletionStage<Boolean> subscribeNow(String channel) {
    return ask(channel, connection -> connection.async().ssubscribe(keys.topic(channel)))
        .thenApply(subscribed -> {
          if (!subscribed) {
            lost(channel);
          }
          return subscribed;
        });
  }

  /// It has to be subscribed to again, maybe at another server.
  private void lost(String channel) {
    if (channels.contains(channel)) {
      link.moved();
      lost.add(channel);
    }
  }

  CompletionStage<Boolean> unsubscribe(String channel) {
    channels.remove(channel);
    return ask(channel, connection -> connection.async().sunsubscribe(keys.topic(channel)));
  }

  /// Subscribes to all again, where that may be lost.
  void subscribeAgain() {
    channels.forEach(this::subscribeNow);
  }

  /// Subscribes again to what is known to be lost, now and then.
  void tick(long nowNanos) {
    if (lost.isEmpty() || nowNanos - triedAtNanos < AGAIN_NANOS) {
      return;
    }
    triedAtNanos = nowNanos;
    for (String channel : List.copyOf(lost)) {
      lost.remove(channel);
      if (channels.contains(channel)) {
        subscribeNow(channel);
      }
    }
  }

  private interface Ask {
    CompletionStage<?> of(StatefulRedisPubSubConnection<byte[], byte[]> connection);
  }

  private CompletionStage<Boolean> ask(String channel, Ask ask) {
    byte[] topic = keys.topic(channel);
    if (closed || link.away(topic)) {
      return CompletableFuture.completedFuture(false);
    }
    try {
      return link.subscriber(topic)
          .thenCompose(connection -> {
            if (listened.add(connection)) {
              connection.addListener(new Ear());
            }
            return ask.of(connection);
          })
          .handle((_, failure) -> {
            if (failure != null) {
              counters.failed(failure);
            }
            return failure == null;
          });
    } catch (RedisException e) {
      counters.failed(e);
      return CompletableFuture.completedFuture(false);
    }
  }

  int subscriptions() {
    return channels.size();
  }

  long waitingBytes() {
    return room.bytes();
  }

  private final class Ear extends RedisPubSubAdapter<byte[], byte[]> {
    /// Also without having been asked for it: the slot went to another server.
    @Override
    public void sunsubscribed(byte[] topic, long count) {
      lost(keys.channel(topic));
    }

    @Override
    public void smessage(byte[] topic, byte[] message) {
      if (!room.take(message.length)) {
        counters.dropped.increment();
      } else {
        heard.add(new Heard(topic, message));
      }
    }
  }

  private void run() {
    try {
      while (!closed) {
        Heard next = heard.take();
        room.give(1, next.message.length);
        hand(keys.channel(next.topic), next.message);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void hand(String channel, byte[] message) {
    Optional<Seals.Header> header = Seals.Header.read(message);
    if (header.isEmpty()) {
      counters.poison("it has no header of this version", "of a channel");
      return;
    }
    long from = header.get().from();
    if (from == node.id() || !channels.contains(channel)) {
      return;
    }
    byte[] sealed = Arrays.copyOfRange(message, Seals.HEADER_BYTES, message.length);
    List<byte[]> flights;
    try {
      flights = Flights.read(cipher.open(sealed, seals.channel(channel, header.get())));
    } catch (AuthenticationException _) {
      counters.poison("it does not open", "of a channel");
      return;
    } catch (ProtocolException _) {
      counters.poison("it does not hold flights", "of a channel");
      return;
    }
    if (!marks.grows(new Publisher(from, channel), header.get().counter())) {
      counters.replays.increment();
      return;
    }
    try {
      for (byte[] flight : flights) {
        listener.published(channel, flight);
        counters.publishedFlights.increment();
      }
    } catch (RuntimeException e) {
      counters.listenerFailed(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(2));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
