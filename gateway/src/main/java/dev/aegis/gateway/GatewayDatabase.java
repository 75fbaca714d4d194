package dev.aegis.gateway;

import dev.aegis.crypto.StorageCipher;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.store.Database;
import dev.aegis.store.DatabaseSettings;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.StorageKey;
import dev.aegis.store.StoreException;
import java.nio.file.Path;

/// The database of a gateway: the one its configuration names, or one of its own.
final class GatewayDatabase {
  private GatewayDatabase() {}

  /// @param parts gets what has to be stopped with the gateway
  /// @throws StoreException the database, or it is another gateway's
  static Database open(
      GatewayConfig config, DataDirectory data, StorageCipher cipher, Parts parts) {
    Database database = parts.add(Database.open(settings(config, data, parts)));
    checkKey(database, cipher, config.keys());
    return database;
  }

  private static DatabaseSettings settings(GatewayConfig config, DataDirectory data, Parts parts) {
    GatewayConfig.Postgres own = config.postgres();
    DatabaseSettings settings =
        own == null
            ? parts.add(EmbeddedPostgres.start(data.root().resolve("postgres"))).database("aegis")
            : DatabaseSettings.of(own.url(), own.user(), own.password());
    settings = settings.withPool(config.pool().size(), config.pool().connectTimeout());
    settings = settings.withCounting(config.statistics().counting());
    GatewayConfig.Cluster cluster = config.cluster();
    return cluster == null ? settings : settings.asMember(cluster.node());
  }

  private static void checkKey(Database database, StorageCipher cipher, Path keys) {
    try {
      StorageKey.check(database, cipher);
    } catch (StoreException.Rejected e) {
      throw new StoreException.Rejected(
          "%s. It is read from %s: put gateway.key, storage.keyset and cluster.id there of the gateway or the cluster that had this database before (its cluster.keys, or its data directory)"
              .formatted(e.getMessage(), keys.toAbsolutePath()),
          e);
    }
  }
}
