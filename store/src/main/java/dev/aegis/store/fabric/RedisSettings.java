package dev.aegis.store.fabric;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// How to reach the Redis of a cluster of nodes, and how long things last there. 7.0 or later, with
/// `maxmemory-policy noeviction`: evicted keys cost re-sends.
///
/// @param url one of
///     - `redis://[user:password@]host[:port][/database]`,
///     - `rediss://…`, the same over TLS,
///     - `redis-sentinel://[user:password@]host[:port][,host[:port]…][/database]#master`, where user
///       and password are those of the servers that the sentinels watch, and `rediss-sentinel://…`,
///     - `redis-cluster://[user:password@]host[:port][,host[:port]…]`, some of its servers, and
///       `rediss-cluster://…`.
///
///     What is not a letter, digit or one of `-._~` in user and password is percent-encoded.
/// @param caFile certificates in PEM that a server's must come from; empty for those of the JVM
/// @param connectTimeout longest wait for a connection, and of [RedisFabric#open] for the first one
/// @param commandTimeout longest wait for an answer
/// @param inboxLease how long an inbox outlives its node
/// @param presenceTtl how long a claim outlives its node; it is made again at half of it
/// @param announceSpread over which all claims are made again after Redis may have lost them
public record RedisSettings(
    String url,
    Optional<Path> caFile,
    Duration connectTimeout,
    Duration commandTimeout,
    Duration inboxLease,
    Duration presenceTtl,
    Duration announceSpread) {
  public RedisSettings {
    RedisTarget.parse(url);
    inRange("connectTimeout", connectTimeout, Duration.ofMillis(50), Duration.ofMinutes(1));
    inRange("commandTimeout", commandTimeout, Duration.ofMillis(50), Duration.ofMinutes(1));
    inRange("inboxLease", inboxLease, Duration.ofSeconds(1), Duration.ofHours(1));
    inRange("presenceTtl", presenceTtl, Duration.ofSeconds(1), Duration.ofDays(7));
    inRange("announceSpread", announceSpread, Duration.ZERO, Duration.ofHours(1));
  }

  /// Two seconds for an answer and to connect, half a minute of lease, an hour of presence, made
  /// again over ten seconds.
  public static RedisSettings of(String url) {
    return new RedisSettings(
        url,
        Optional.empty(),
        Duration.ofSeconds(2),
        Duration.ofSeconds(2),
        Duration.ofSeconds(30),
        Duration.ofHours(1),
        Duration.ofSeconds(10));
  }

  public RedisSettings withCaFile(Path file) {
    return new RedisSettings(
        url,
        Optional.of(file),
        connectTimeout,
        commandTimeout,
        inboxLease,
        presenceTtl,
        announceSpread);
  }

  public RedisSettings withTimeouts(Duration connect, Duration command) {
    return new RedisSettings(
        url, caFile, connect, command, inboxLease, presenceTtl, announceSpread);
  }

  public RedisSettings withLasting(Duration lease, Duration presence, Duration spread) {
    return new RedisSettings(url, caFile, connectTimeout, commandTimeout, lease, presence, spread);
  }

  private static void inRange(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          name + " is " + value + ", must be from " + least + " to " + most);
    }
  }

  /// Without the password.
  @Override
  public String toString() {
    return "RedisSettings[" + RedisTarget.withoutPassword(url) + "]";
  }
}
