package dev.aegis.store.fabric;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.RedisCommand;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.HashedWheelTimer;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// The threads of a fabric's Redis client, and how its connections behave.
final class RedisResources implements AutoCloseable {
  private static final int THREADS = 2;
  private static final Duration FIRST_RECONNECT = Duration.ofMillis(50);
  private static final Duration LONGEST_RECONNECT = Duration.ofSeconds(2);
  private static final int FLUSH_AFTER_WRITES = 256;
  private static final int CLOSE_SECONDS = 2;

  /// Commands that wait for an answer on one connection, above all that the fabric's own bounds
  /// allow.
  private static final int MOST_REQUESTS = 1 << 16;

  private final HashedWheelTimer timer;
  private final ClientResources resources;

  RedisResources() {
    timer = new HashedWheelTimer(new DefaultThreadFactory("aegis-fabric-timer", true));
    resources =
        DefaultClientResources.builder()
            .ioThreadPoolSize(THREADS)
            .computationThreadPoolSize(THREADS)
            .threadFactoryProvider(pool -> new DefaultThreadFactory(threadName(pool), true))
            .timer(timer)
            .reconnectDelay(
                Delay.decorrelatedJitter(
                    FIRST_RECONNECT, LONGEST_RECONNECT, 3, TimeUnit.MILLISECONDS))
            .nettyCustomizer(new FewerFlushes())
            .build();
  }

  private static String threadName(String pool) {
    return pool.contains("eventExecutor") ? "aegis-fabric-work" : "aegis-fabric-io";
  }

  ClientResources client() {
    return resources;
  }

  /// @param readBlockMillis how long reads may wait besides
  static void configure(
      ClientOptions.Builder options, RedisSettings settings, long readBlockMillis) {
    SslOptions.Builder ssl = SslOptions.builder().jdkSslProvider();
    settings.caFile().ifPresent(file -> ssl.trustManager(file.toFile()));
    options
        .autoReconnect(true)
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(_ -> true) // what was sent once is answered as a failure, never sent twice
        .requestQueueSize(MOST_REQUESTS)
        .maintNotificationsConfig(MaintNotificationsConfig.disabled())
        .socketOptions(
            SocketOptions.builder()
                .connectTimeout(settings.connectTimeout())
                .keepAlive(true)
                .tcpNoDelay(true)
                .build())
        .sslOptions(ssl.build())
        .timeoutOptions(
            TimeoutOptions.builder()
                .timeoutCommands(true)
                .timeoutSource(new Patience(settings.commandTimeout(), readBlockMillis))
                .build());
  }

  /// For what a client does by itself: connecting, and asking for the topology.
  static void configure(RedisURI uri, RedisSettings settings) {
    uri.setTimeout(settings.connectTimeout());
    uri.setClientName("aegis-fabric");
  }

  @Override
  public void close() {
    Future<?> ended = resources.shutdown(0, CLOSE_SECONDS, TimeUnit.SECONDS);
    ended.awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    timer.stop();
  }

  /// Reads wait for something to come; everything else is answered at once.
  private static final class Patience extends TimeoutOptions.TimeoutSource {
    private final long commandMillis;
    private final long readMillis;

    Patience(Duration command, long readBlockMillis) {
      this.commandMillis = command.toMillis();
      this.readMillis = commandMillis + readBlockMillis;
    }

    @Override
    public long getTimeout(RedisCommand<?, ?, ?> command) {
      return command.getType() == CommandType.XREADGROUP ? readMillis : commandMillis;
    }

    @Override
    public TimeUnit getTimeUnit() {
      return TimeUnit.MILLISECONDS;
    }
  }

  /// Commands that come one by one from other threads share their system calls.
  private static final class FewerFlushes implements NettyCustomizer {
    @Override
    public void afterChannelInitialized(Channel channel) {
      channel.pipeline().addFirst(new FlushConsolidationHandler(FLUSH_AFTER_WRITES, true));
    }
  }
}
