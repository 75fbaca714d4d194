package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PostgresSubscriptionStoreIT {
  private Database database;
  private AgentStore agents;
  private PostgresSubscriptionStore store;

  @BeforeEach
  void open() {
    database = Database.open(TestServer.freshDatabase());
    agents = new AgentStore(database, InstantSource.system(), new SecureRandom());
    agents.add("alice", "default", new byte[32]);
    agents.add("bob", "default", new byte[32]);
    store = new PostgresSubscriptionStore(database, InstantSource.system());
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void givesBackWhatItKeeps() {
    StoredSubscription all = subscription("alice", 1, ">", Map.of(), null);
    StoredSubscription some =
        subscription("alice", 2, "a.*", Map.of("type", "t", "meta.wörk", "日本, {\"x\"}"), "g");
    StoredSubscription bobs = subscription("bob", 1, "b", Map.of("from", ""), null);
    store.put(all);
    store.put(some);
    store.put(bobs);

    assertThat(store.all()).containsExactlyInAnyOrder(all, some, bobs);
  }

  @Test
  void theSameIdOfTheSameAgentIsReplaced() {
    store.put(subscription("alice", 1, "a", Map.of("type", "t"), "g"));
    StoredSubscription second = subscription("alice", 1, "b", Map.of(), null);
    store.put(second);

    assertThat(store.all()).containsExactly(second);
  }

  @Test
  void whatIsRemovedIsGoneAndWhatIsNotThereMayBeRemoved() {
    store.put(subscription("alice", 1, "a", Map.of(), null));
    store.remove("bob", new UUID(0, 1));
    assertThat(store.all()).hasSize(1);
    store.remove("alice", new UUID(0, 1));
    store.remove("alice", new UUID(0, 1));
    assertThat(store.all()).isEmpty();
  }

  @Test
  void agentsThatAreShutOutHaveNone() {
    store.put(subscription("alice", 1, "a", Map.of(), null));
    agents.revoke("alice");

    assertThat(store.all()).isEmpty();
    assertThatThrownBy(() -> store.put(subscription("nobody", 1, "a", Map.of(), null)))
        .isInstanceOf(StoreException.Rejected.class);
  }

  private static StoredSubscription subscription(
      String agent, int id, String pattern, Map<String, String> filter, @Nullable String group) {
    return new StoredSubscription(new UUID(0, id), agent, "default", pattern, filter, group);
  }
}
