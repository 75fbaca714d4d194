package dev.aegis.bench.cluster;

import dev.aegis.bench.server.PostmasterPid;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// The PostgreSQL and the Redis that all gateways of a run stand on, and what both count of their
/// work. Confined to one thread.
final class Backends implements AutoCloseable {
  private static final String CALLS = "calls=";

  /// What a node asks of Redis, as Redis names it; scripts count once, not with what they do.
  private static final String[] REQUESTS = {"eval", "xreadgroup", "spublish", "get"};

  /// What puts an entry into an inbox, or on a channel.
  private static final String[] ENTRIES = {"xadd", "spublish"};

  private final Path home;
  private final EmbeddedPostgres postgres;
  private final EmbeddedRedis redis;
  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;

  private Backends(
      Path home,
      EmbeddedPostgres postgres,
      EmbeddedRedis redis,
      RedisClient client,
      StatefulRedisConnection<String, String> connection) {
    this.home = home;
    this.postgres = postgres;
    this.redis = redis;
    this.client = client;
    this.connection = connection;
  }

  /// Starts both below a directory.
  static Backends start(Path home) {
    EmbeddedPostgres postgres = EmbeddedPostgres.start(home.resolve("postgres"));
    EmbeddedRedis redis = null;
    boolean usable = false;
    try {
      redis = EmbeddedRedis.start(home.resolve("redis"), home.resolve("binaries"));
      RedisClient client = RedisClient.create(RedisURI.create(redis.url()));
      Backends backends = new Backends(home, postgres, redis, client, client.connect());
      usable = true;
      return backends;
    } finally {
      if (!usable) {
        if (redis != null) {
          redis.close();
        }
        postgres.close();
      }
    }
  }

  /// A database of that name, made where it is not there.
  DatabaseSettings database(String name) {
    return postgres.database(name);
  }

  String redisUrl() {
    return redis.url();
  }

  long redisPid() {
    return redis.server().pid();
  }

  long postmaster() throws IOException {
    return PostmasterPid.of(home.resolve("postgres"))
        .orElseThrow(() -> new IOException("PostgreSQL does not run"));
  }

  /// What both have done so far.
  Map<String, Double> work() throws IOException {
    Map<String, String> stats = info("stats");
    Map<String, String> commands = info("commandstats");
    Map<String, Double> work = new LinkedHashMap<>();
    work.put("redisRequests", calls(commands, REQUESTS));
    work.put("redisEntries", calls(commands, ENTRIES));
    work.put("redisSocketCalls", number(stats, "total_reads_processed", "total_writes_processed"));
    work.put("redisBytesIn", number(stats, "total_net_input_bytes"));
    work.put("redisBytesOut", number(stats, "total_net_output_bytes"));
    work.put("walBytes", walBytes());
    return work;
  }

  private Map<String, String> info(String section) {
    Map<String, String> values = new HashMap<>();
    connection
        .sync()
        .info(section)
        .lines()
        .map(line -> line.split(":", 2))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> values.put(parts[0], parts[1].strip()));
    return values;
  }

  private static double number(Map<String, String> values, String... names) {
    double sum = 0;
    for (String name : names) {
      sum += Double.parseDouble(values.getOrDefault(name, "0"));
    }
    return sum;
  }

  /// Of lines such as `cmdstat_eval:calls=12,usec=340,…`.
  private static double calls(Map<String, String> statistics, String... commands) {
    double sum = 0;
    for (String command : commands) {
      String line = statistics.getOrDefault("cmdstat_" + command, CALLS + "0,");
      sum += Double.parseDouble(line.substring(CALLS.length(), line.indexOf(',')));
    }
    return sum;
  }

  private double walBytes() throws IOException {
    DatabaseSettings database = postgres.database("postgres");
    try (Connection sql =
            DriverManager.getConnection(database.url(), database.user(), database.password());
        Statement statement = sql.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn() - '0/0'")) {
      row.next();
      return row.getDouble(1);
    } catch (SQLException e) {
      throw new IOException("PostgreSQL does not tell how much it has logged", e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
      redis.close();
    } finally {
      postgres.close();
    }
  }
}
