package dev.aegis.store;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How to reach a PostgreSQL database.
///
/// @param url a `jdbc:postgresql:` URL
/// @param poolSize connections for queries; the journal has its own besides
/// @param connectTimeout longest wait for a connection
/// @param member the node's name in the cluster that shares the database; null to have it alone
/// @param counted whether messages are counted for statistics when they become rows
public record DatabaseSettings(
    String url,
    String user,
    String password,
    int poolSize,
    Duration connectTimeout,
    @Nullable String member,
    boolean counted) {
  public DatabaseSettings {
    Objects.requireNonNull(user);
    Objects.requireNonNull(password);
    if (!url.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException("the database URL must start with jdbc:postgresql:");
    }
    if (poolSize < 1) {
      throw new IllegalArgumentException("poolSize is " + poolSize + ", must be at least 1");
    }
  }

  /// Eight connections, five seconds.
  public static DatabaseSettings of(String url, String user, String password) {
    return new DatabaseSettings(url, user, password, 8, Duration.ofSeconds(5), null, true);
  }

  /// The same database through another pool.
  public DatabaseSettings withPool(int size, Duration longestWait) {
    return new DatabaseSettings(url, user, password, size, longestWait, member, counted);
  }

  /// The same database, shared with the other members of a cluster.
  public DatabaseSettings asMember(String node) {
    return new DatabaseSettings(url, user, password, poolSize, connectTimeout, node, counted);
  }

  /// The same database, with or without statistics.
  public DatabaseSettings withCounting(boolean wanted) {
    return new DatabaseSettings(url, user, password, poolSize, connectTimeout, member, wanted);
  }

  /// Without the password.
  @Override
  public String toString() {
    return "DatabaseSettings[" + user + "@" + url + "]";
  }
}
