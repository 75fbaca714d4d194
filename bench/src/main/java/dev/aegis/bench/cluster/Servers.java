package dev.aegis.bench.cluster;

import dev.aegis.bench.load.Gateway;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.store.DatabaseSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What is measured: the nodes of a cluster, and a gateway alone with a database of its own in the
/// same PostgreSQL. All run all the time, and only one of the two has something to do. Confined to
/// one thread.
final class Servers implements AutoCloseable {
  private static final String POOL = "4"; // the server has 64 connections for all of them

  private final Path home;
  private final List<String> jvmOptions;
  private final Backends backends;
  private final List<GatewayProcess> processes = new ArrayList<>();

  private Servers(Path home, List<String> jvmOptions, Backends backends) {
    this.home = home;
    this.jvmOptions = jvmOptions;
    this.backends = backends;
  }

  /// @param home a directory for all their files
  static Servers start(Path home, List<String> jvmOptions) {
    return new Servers(home, jvmOptions, Backends.start(home));
  }

  /// Starts nodes of a cluster. The first makes the keys that the others share.
  Nodes cluster(int count) throws IOException, InterruptedException {
    Map<String, Gateway> nodes = new LinkedHashMap<>();
    for (int i = 1; i <= count; i++) {
      String name = "node-" + i;
      Map<String, String> settings = on(backends.database("cluster"));
      settings.put("AEGIS_REDIS_URL", backends.redisUrl());
      settings.put("AEGIS_CLUSTER_KEYS", home.resolve("cluster-keys").toString());
      settings.put("AEGIS_CLUSTER_NODE", name);
      nodes.put(name, start(name, settings));
    }
    return Nodes.of(nodes, backends, true);
  }

  /// Starts a gateway alone.
  Nodes alone() throws IOException, InterruptedException {
    String name = "alone";
    return Nodes.of(Map.of(name, start(name, on(backends.database(name)))), backends, false);
  }

  private static Map<String, String> on(DatabaseSettings database) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("AEGIS_POSTGRES_URL", database.url());
    settings.put("AEGIS_POSTGRES_USER", database.user());
    settings.put("AEGIS_POSTGRES_PASSWORD", database.password());
    settings.put("AEGIS_POSTGRES_POOL_SIZE", POOL);
    return settings;
  }

  private Gateway start(String name, Map<String, String> settings)
      throws IOException, InterruptedException {
    GatewayProcess process =
        GatewayProcess.start(
            home.resolve(name), home.resolve(name + ".log"), jvmOptions, 0, settings);
    processes.add(process);
    return new Gateway(process.access(), process.pid(), true);
  }

  @Override
  public void close() {
    try {
      processes.reversed().forEach(GatewayProcess::close);
    } finally {
      backends.close();
    }
  }
}
