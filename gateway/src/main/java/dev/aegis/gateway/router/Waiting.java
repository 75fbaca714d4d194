package dev.aegis.gateway.router;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// For which addresses work waits in pools, so that what comes later does not go before it. Beyond
/// a bound it is not known of further ones. Any thread.
final class Waiting {
  private static final int MOST = 10_000;

  private final Set<For> addresses = ConcurrentHashMap.newKeySet();

  private record For(String pool, @Nullable String address) {}

  /// @return false where that is known, or too much is
  boolean add(String pool, @Nullable String address) {
    return addresses.size() < MOST && addresses.add(new For(pool, address));
  }

  boolean contains(String pool, @Nullable String address) {
    return addresses.contains(new For(pool, address));
  }

  /// A look through the whole pool has found work that waits for these addresses only.
  void only(String pool, Set<String> found) {
    addresses.removeIf(
        each -> each.pool.equals(pool) && (each.address == null || !found.contains(each.address)));
  }

  /// The pool is not this node's any more.
  void forget(String pool) {
    only(pool, Set.of());
  }
}
