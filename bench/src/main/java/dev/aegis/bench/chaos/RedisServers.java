package dev.aegis.bench.chaos;

import dev.aegis.store.EmbeddedRedis;
import dev.aegis.store.EmbeddedRedisCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The Redis of a cluster of gateways: masters, each with a replica, all reached through relays
/// only, by each other too. Confined to one thread.
final class RedisServers implements AutoCloseable {
  static final int SHARDS = 3;

  /// How long a replica may take until it has taken the place of its master, or follows it again.
  private static final long FAILOVER_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final EmbeddedRedisCluster servers;
  private final Links links;
  private boolean down;
  private long backAtNanos;
  private @Nullable Failover failover;

  /// @param lost the master that was killed
  /// @param heir its replica
  private record Failover(
      EmbeddedRedis lost, EmbeddedRedis heir, boolean succeeded, long giveUpNanos) {}

  private RedisServers(EmbeddedRedisCluster servers, Links links) {
    this.servers = servers;
    this.links = links;
  }

  static RedisServers start(Path home) throws IOException {
    Links links = new Links();
    boolean usable = false;
    try {
      RedisServers redis =
          new RedisServers(
              EmbeddedRedisCluster.startReplicated(
                  home.resolve("redis"),
                  home.resolve("binaries"),
                  SHARDS,
                  port -> relay(links, port)),
              links);
      usable = true;
      return redis;
    } finally {
      if (!usable) {
        links.close();
      }
    }
  }

  private static int relay(Links links, int port) {
    try {
      return links.to(port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String url() {
    return servers.url();
  }

  private Stream<EmbeddedRedis> all() {
    return Stream.concat(servers.masters().stream(), servers.replicas().stream());
  }

  /// Kills all of it for a while.
  Optional<String> kill(KillSchedule.Kill kill, long nowNanos) {
    if (!isWhole()) {
      return Optional.empty();
    }
    all().parallel().forEach(EmbeddedRedis::kill);
    down = true;
    backAtNanos = nowNanos + kill.downNanos();
    return Optional.of("all servers, for " + kill.downMillis() + " ms");
  }

  Optional<String> flush() {
    if (!isWhole()) {
      return Optional.empty();
    }
    List<EmbeddedRedis> masters = all().filter(EmbeddedRedis::isMaster).toList();
    masters.forEach(EmbeddedRedis::flush);
    return Optional.of(masters.size() + " masters");
  }

  /// Kills a master until its replica has taken its place.
  Optional<String> failOver(KillSchedule.Kill kill, long nowNanos) {
    if (!isWhole()) {
      return Optional.empty();
    }
    int shard = kill.process();
    EmbeddedRedis one = servers.masters().get(shard);
    EmbeddedRedis other = servers.replicas().get(shard);
    if (one.isMaster() == other.isMaster()) {
      return Optional.empty(); // they are just settling that
    }
    EmbeddedRedis master = one.isMaster() ? one : other;
    master.kill();
    failover = new Failover(master, master == one ? other : one, false, nowNanos + FAILOVER_NANOS);
    return Optional.of("master of shard " + shard);
  }

  Optional<String> cut(KillSchedule.Kill kill, long nowNanos) {
    return links.cut(kill, nowNanos);
  }

  private boolean isWhole() {
    return !down && failover == null;
  }

  /// Brings back what is due.
  ///
  /// @throws IOException no replica has taken the place of its master, so nothing of this was
  ///   tested
  void tick(long nowNanos) throws IOException {
    links.tick(nowNanos);
    if (down && nowNanos - backAtNanos >= 0) {
      all().parallel().forEach(EmbeddedRedis::restart);
      down = false;
    }
    Failover current = failover;
    if (current != null) {
      failover = next(current, nowNanos);
    }
  }

  private static @Nullable Failover next(Failover failover, long nowNanos) throws IOException {
    if (nowNanos - failover.giveUpNanos >= 0) {
      throw new IOException(
          failover.succeeded
              ? "a master of Redis that was replaced does not follow"
              : "no replica takes the place of a master of Redis");
    }
    if (failover.succeeded) {
      return failover.lost.isReplica() ? null : failover;
    }
    if (!failover.heir.isMaster()) {
      return failover;
    }
    failover.lost.restart();
    return new Failover(failover.lost, failover.heir, true, nowNanos + FAILOVER_NANOS);
  }

  /// What is away, or cut, is due now. A failover takes its time.
  void hurry(long nowNanos) {
    links.mend();
    backAtNanos = nowNanos;
  }

  /// How many connections were cut, by how.
  Map<Cut, Long> connectionsCut() {
    return links.connectionsCut();
  }

  @Override
  public void close() {
    try {
      servers.close();
    } finally {
      links.close();
    }
  }
}
