package dev.aegis.store;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Seals and opens the secrets of webhooks. All of them are read again and again, so what was
/// opened last is remembered for as long as it is the same. Thread-safe.
final class WebhookSecrets {
  private static final Logger log = LoggerFactory.getLogger(WebhookSecrets.class);

  private final StorageCipher cipher;
  private final Map<Place, Opened> last = new ConcurrentHashMap<>();

  /// Where a secret is.
  private record Place(String agentId, boolean previous) {}

  /// @param secret null where it does not open
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Opened(byte[] sealed, @Nullable String secret) {}

  WebhookSecrets(StorageCipher cipher) {
    this.cipher = cipher;
  }

  byte[] seal(String agentId, String secret) {
    return cipher.seal(secret.getBytes(StandardCharsets.UTF_8), associatedData(agentId));
  }

  /// Null where there is none, or where it does not open: that must not keep the other agents' from
  /// being read, and another secret mends it.
  @Nullable String open(String agentId, boolean previous, byte @Nullable [] sealed) {
    Place place = new Place(agentId, previous);
    if (sealed == null) {
      last.remove(place);
      return null;
    }
    Opened known = last.get(place);
    if (known == null || !Arrays.equals(known.sealed, sealed)) {
      known = new Opened(sealed, open(agentId, sealed));
      last.put(place, known);
    }
    return known.secret;
  }

  private @Nullable String open(String agentId, byte[] sealed) {
    try {
      return new String(cipher.open(sealed, associatedData(agentId)), StandardCharsets.UTF_8);
    } catch (AuthenticationException e) {
      log.warn("a secret of the webhook of {} does not open; it needs another one", agentId, e);
      return null;
    }
  }

  /// Forgets the secrets of all others.
  void retain(Set<String> agents) {
    last.keySet().removeIf(place -> !agents.contains(place.agentId));
  }

  static byte[] associatedData(String agentId) {
    return ("webhooks\0" + agentId).getBytes(StandardCharsets.UTF_8);
  }
}
