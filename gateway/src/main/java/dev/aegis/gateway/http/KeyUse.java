package dev.aegis.gateway.http;

import dev.aegis.store.ApiKeyStore;
import dev.aegis.store.StoreException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// When keys were used last, written now and then and not with each call. Thread-safe.
final class KeyUse {
  private static final Logger log = LoggerFactory.getLogger(KeyUse.class);

  private final ApiKeyStore keys;

  /// Bounded by the keys that there are.
  private final ConcurrentHashMap<UUID, Long> used = new ConcurrentHashMap<>();

  KeyUse(ApiKeyStore keys) {
    this.keys = keys;
  }

  void note(UUID key, long nowMillis) {
    used.merge(key, nowMillis, Math::max);
  }

  /// Blocks.
  void write() {
    Map<UUID, Long> due = new HashMap<>(used);
    try {
      keys.used(due);
      due.forEach(used::remove);
    } catch (StoreException e) {
      log.debug("the use of keys is noted later: {}", e.getMessage());
    }
  }
}
