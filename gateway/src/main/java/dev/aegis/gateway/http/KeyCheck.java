package dev.aegis.gateway.http;

import dev.aegis.gateway.admission.CallLimiter;
import dev.aegis.gateway.admission.Rate;
import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.store.ApiKey;
import dev.aegis.store.ApiKeyStore;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Checks the API keys of the REST API and how often they are used. Thread-safe; blocking.
///
/// A key has 256 random bits and is looked up by its SHA-256: what a look-up's time could tell is
/// something about the hash of a guess, which helps nobody to guess the key. The key of the
/// configuration, which people choose, is compared in constant time, by hash.
///
/// What the database said of a key counts for a second: a key that is revoked is good for that long
/// at most at other nodes, and not at all at the one that revoked it.
public final class KeyCheck implements Authenticator {
  private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_KNOWN = 16_384;

  private final ApiKeyStore keys;
  private final KeyUse use;
  private final Rate rate;
  private final byte @Nullable [] adminHash;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final CallLimiter limiter = new CallLimiter();
  private final ConcurrentHashMap<ByteBuffer, Known> known = new ConcurrentHashMap<>();

  private record Known(Optional<ApiKey> key, long atNanos) {}

  /// @param rate of a key that has none of its own
  /// @param adminKey a key of role admin in the organization default; null for none
  public KeyCheck(
      ApiKeyStore keys,
      Rate rate,
      @Nullable String adminKey,
      InstantSource clock,
      LongSupplier nanoTime) {
    this.keys = keys;
    this.use = new KeyUse(keys);
    this.rate = rate;
    this.adminHash = adminKey == null ? null : ApiKeyStore.hash(adminKey);
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  @Override
  public Caller authenticate(Request request) throws ProblemException {
    String bearer = request.bearer();
    if (bearer == null || bearer.isEmpty()) {
      throw unauthorized();
    }
    byte[] hash = ApiKeyStore.hash(bearer);
    if (adminHash != null && MessageDigest.isEqual(adminHash, hash)) {
      limit(Caller.CONFIGURED, rate);
      return Caller.CONFIGURED;
    }
    ApiKey key = find(hash).orElseThrow(KeyCheck::unauthorized);
    Caller caller = Caller.of(key);
    ApiKey.Limit own = key.grant().limit();
    limit(caller, own == null ? rate : new Rate(own.perSecond(), own.burst()));
    use.note(key.id(), clock.millis());
    return caller;
  }

  private Optional<ApiKey> find(byte[] hash) {
    ByteBuffer name = ByteBuffer.wrap(hash);
    long now = nanoTime.getAsLong();
    Known found = known.get(name);
    if (found == null || now - found.atNanos >= KNOWN_NANOS) {
      found = new Known(keys.find(hash), now);
      if (known.size() >= MAX_KNOWN) {
        known.clear();
      }
      if (found.key.isPresent()) {
        known.put(name, found);
      }
    }
    return found.key;
  }

  /// Keys were changed here.
  void forget() {
    known.clear();
  }

  /// Writes what is remembered. Now and then.
  public void tick() {
    use.write();
  }

  private void limit(Caller caller, Rate allowed) throws ProblemException {
    long wait = limiter.take(caller.id(), allowed, nanoTime.getAsLong());
    if (wait > 0) {
      throw new ProblemException(
          ProblemCode.RATE_LIMITED, "more requests than this key may make", wait);
    }
  }

  private static ProblemException unauthorized() {
    return new ProblemException(
        ProblemCode.UNAUTHORIZED, "show an API key: Authorization: Bearer KEY");
  }
}
