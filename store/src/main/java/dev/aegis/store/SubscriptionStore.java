package dev.aegis.store;

import java.util.List;
import java.util.UUID;

/// Keeps durable subscriptions. Thread-safe; every call blocks and throws [StoreException]; what it
/// has done is on disk.
public interface SubscriptionStore {
  /// Those of all agents that are not shut out.
  List<StoredSubscription> all();

  /// Those of one agent; none if it is shut out.
  List<StoredSubscription> of(String agent);

  /// Keeps one, in the place of the agent's one with the same id.
  void put(StoredSubscription subscription);

  /// Removes one, if it is there.
  void remove(String agent, UUID id);
}
