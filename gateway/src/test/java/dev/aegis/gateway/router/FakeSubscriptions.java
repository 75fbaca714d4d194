package dev.aegis.gateway.router;

import dev.aegis.store.StoreException;
import dev.aegis.store.StoredSubscription;
import dev.aegis.store.SubscriptionStore;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Durable subscriptions in memory, which a test may take away.
final class FakeSubscriptions implements SubscriptionStore {
  final List<StoredSubscription> rows = new ArrayList<>();
  boolean away;
  int writes;

  @Override
  public List<StoredSubscription> all() {
    return List.copyOf(rows);
  }

  @Override
  public List<StoredSubscription> of(String agent) {
    return rows.stream().filter(row -> row.agent().equals(agent)).toList();
  }

  @Override
  public void put(StoredSubscription subscription) {
    write();
    rows.removeIf(row -> isThat(row, subscription.agent(), subscription.id()));
    rows.add(subscription);
  }

  @Override
  public void remove(String agent, UUID id) {
    write();
    rows.removeIf(row -> isThat(row, agent, id));
  }

  private void write() {
    if (away) {
      throw new StoreException.Unavailable("away", null);
    }
    writes++;
  }

  private static boolean isThat(StoredSubscription row, String agent, UUID id) {
    return row.agent().equals(agent) && row.id().equals(id);
  }
}
