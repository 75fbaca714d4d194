package dev.aegis.store.fabric;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.net.SocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The connections of a node to Redis, one for commands and one for reads that wait, and whether
/// its servers are worth asking: a [Breaker] for each. Connects in the background and for as long
/// as it takes. Thread-safe; nothing blocks but [#close].
final class RedisLink implements RedisConnectionStateListener, AutoCloseable {
  private final FabricCounters counters;
  private final RandomGenerator random;
  private final long connectTimeoutNanos;
  private final RedisResources resources = new RedisResources();
  private final RedisServers servers;
  private final Breaker connecting;
  private final Map<String, Server> troubled = new ConcurrentHashMap<>();
  private final AtomicBoolean healed = new AtomicBoolean();
  private volatile @Nullable RedisWarmup warming;
  private volatile @Nullable RedisConnections connections;
  private volatile boolean closed;

  RedisLink(
      RedisSettings settings,
      long readBlockMillis,
      FabricCounters counters,
      RandomGenerator random) {
    this.counters = counters;
    this.random = random;
    this.connectTimeoutNanos = settings.connectTimeout().toNanos();
    this.connecting = new Breaker(random);
    RedisTarget target = RedisTarget.parse(settings.url());
    for (RedisURI uri : target.uris()) {
      RedisResources.configure(uri, settings);
    }
    if (target.cluster()) {
      ClusterClientOptions.Builder options = ClusterClientOptions.builder();
      RedisResources.configure(options, settings, readBlockMillis);
      servers = new RedisCluster(target.uris(), resources, options, this);
    } else {
      ClientOptions.Builder options = ClientOptions.builder();
      RedisResources.configure(options, settings, readBlockMillis);
      servers = new RedisSingle(target.uris().getFirst(), resources, options.build(), this);
    }
  }

  /// A server that has failed lately, and a key it has.
  private record Server(Breaker breaker, byte[] key) {}

  /// Connects and probes, where that is due.
  void tick(long nowNanos) {
    if (connections == null && !closed) {
      RedisWarmup warmup = warming;
      if (warmup == null) {
        connecting.trip(nowNanos);
        if (connecting.probeDue(nowNanos)) {
          connect();
        }
      } else if (warmup.done(nowNanos)) {
        connections = warmup.connections();
        warming = null;
        healed.set(true);
      }
    }
    troubled.forEach((name, server) -> {
      if (server.breaker.probeDue(nowNanos)) {
        AsyncCommand<byte[], byte[], Long> probe = RedisRequests.probe(server.key);
        dispatch(List.of(probe));
        probe.whenComplete((_, failure) -> probed(name, server, failure));
      }
    });
  }

  private void probed(String name, Server server, @Nullable Throwable failure) {
    if (failure != null) {
      counters.failed(failure);
    }
    if (server.breaker.probed(failure == null, System.nanoTime())) {
      troubled.remove(name, server);
      healed.set(true);
    }
  }

  private void connect() {
    CompletableFuture<StatefulConnection<byte[], byte[]>> commands = opened();
    CompletableFuture<StatefulConnection<byte[], byte[]>> reads =
        commands.thenCompose(_ -> opened());
    reads.whenComplete((second, failure) -> {
      long now = System.nanoTime();
      if (failure != null) {
        counters.failed(failure);
        commands.thenAccept(StatefulConnection::closeAsync);
      } else {
        warming =
            new RedisWarmup(
                new RedisConnections(commands.join(), second),
                servers.keys(),
                now + connectTimeoutNanos);
      }
      connecting.probed(failure == null, now);
    });
  }

  private CompletableFuture<StatefulConnection<byte[], byte[]>> opened() {
    try {
      return servers
          .connect()
          .<StatefulConnection<byte[], byte[]>>thenApply(made -> made)
          .toCompletableFuture();
    } catch (RedisException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  boolean connected() {
    return connections != null;
  }

  /// Every server that was asked lately is worth asking.
  boolean up() {
    return connected() && troubled.values().stream().noneMatch(each -> each.breaker.open());
  }

  /// How many servers are not worth asking at the moment.
  long openBreakers() {
    return troubled.values().stream().filter(each -> each.breaker.open()).count();
  }

  /// Whether there was trouble that is over now. Says so once.
  boolean healed() {
    return healed.getAndSet(false);
  }

  /// Whether the server of a key is not worth asking.
  boolean away(byte[] key) {
    return away(() -> key);
  }

  /// As above; most of the time the key need not be made.
  boolean away(Supplier<byte[]> key) {
    if (connections == null || closed) {
      return true;
    }
    if (troubled.isEmpty()) {
      return false;
    }
    Server server = troubled.get(servers.serverOf(key.get()));
    return server != null && server.breaker.open();
  }

  /// Sends commands with one flush. Each completes, with a failure where it cannot be sent.
  void dispatch(Collection<? extends AsyncCommand<byte[], byte[], ?>> commands) {
    RedisConnections known = connections;
    if (known == null) {
      refuse(commands);
    } else {
      RedisConnections.send(known.commands(), commands);
    }
  }

  void dispatch(AsyncCommand<byte[], byte[], ?> command) {
    dispatch(List.of(command));
  }

  /// As [#dispatch], over the connection where a read may wait.
  void dispatchReads(Collection<? extends AsyncCommand<byte[], byte[], ?>> commands) {
    RedisConnections known = connections;
    if (known == null) {
      refuse(commands);
    } else {
      RedisConnections.send(known.reads(), commands);
    }
  }

  private static void refuse(Collection<? extends AsyncCommand<byte[], byte[], ?>> commands) {
    RedisException why = new RedisException("not connected yet");
    commands.forEach(each -> each.completeExceptionally(why));
  }

  /// The server of a key has answered.
  void answered(Supplier<byte[]> key) {
    if (!troubled.isEmpty()) {
      Server server = troubled.get(servers.serverOf(key.get()));
      if (server != null) {
        server.breaker.succeeded();
        if (!server.breaker.open()) {
          troubled.values().remove(server);
        }
      }
    }
  }

  /// It has not, or with an error that is its own.
  void failed(byte[] key, Throwable failure) {
    counters.failed(failure);
    if (connections != null && !closed) {
      troubled
          .computeIfAbsent(servers.serverOf(key), _ -> new Server(new Breaker(random), key))
          .breaker
          .failed(System.nanoTime());
    }
  }

  /// A key is not where it was.
  void moved() {
    servers.moved();
  }

  CompletableFuture<? extends StatefulRedisPubSubConnection<byte[], byte[]>> subscriber(
      byte[] topic) {
    return servers.subscriber(topic);
  }

  /// What was tried before is connected again; nothing else tells that it was away.
  @Override
  public void onRedisConnected(RedisChannelHandler<?, ?> connection, SocketAddress server) {
    if (connections != null) {
      counters.reconnects.increment();
      healed.set(true);
    }
  }

  @Override
  public void close() {
    closed = true;
    servers.close();
    resources.close();
  }
}
