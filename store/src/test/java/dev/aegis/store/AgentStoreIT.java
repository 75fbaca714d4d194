package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class AgentStoreIT {
  private static final byte[] KEY = new byte[32];
  private static final long LATER = System.currentTimeMillis() + 3_600_000;

  private DatabaseSettings settings;
  private Database database;
  private AgentStore agents;

  @BeforeEach
  void open() {
    settings = TestServer.freshDatabase();
    database = Database.open(settings);
    agents = new AgentStore(database, InstantSource.system(), new SecureRandom());
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void letsOneOfManyRedeemAToken() throws Exception {
    String token = agents.createJoinToken("default", null, LATER);
    List<Callable<Redemption>> calls = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      String agent = "agent-" + i;
      calls.add(() -> agents.redeemJoinToken(token, agent, KEY));
    }
    List<Redemption> results = new ArrayList<>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Redemption> future : executor.invokeAll(calls)) {
        results.add(future.get());
      }
    }
    assertThat(results).filteredOn(Redemption.JOINED::equals).hasSize(1);
    assertThat(results).filteredOn(Redemption.BAD_TOKEN::equals).hasSize(23);
    assertThat(agents.list(null, "", 100)).hasSize(1);
  }

  @Test
  void keepsATokenToItsAgentAndItsTime() {
    String bound = agents.createJoinToken("default", "alice", LATER);
    assertThat(agents.redeemJoinToken(bound, "mallory", KEY)).isEqualTo(Redemption.BAD_TOKEN);
    assertThat(agents.redeemJoinToken(bound, "alice", KEY)).isEqualTo(Redemption.JOINED);
    String expired = agents.createJoinToken("default", null, 1);
    assertThat(agents.redeemJoinToken(expired, "bob", KEY)).isEqualTo(Redemption.BAD_TOKEN);
    String other = agents.createJoinToken("default", null, LATER);
    assertThat(agents.redeemJoinToken(other, "alice", new byte[] {1}))
        .isEqualTo(Redemption.AGENT_EXISTS);
    assertThat(agents.redeemJoinToken(other, "bob", KEY)).isEqualTo(Redemption.JOINED);
  }

  @Test
  void revokesAnAgentForGood() {
    assertThat(agents.add("alice", "default", null)).isTrue();
    assertThat(agents.add("alice", "default", KEY)).isFalse();
    assertThat(agents.revoke("alice")).isTrue();
    assertThat(agents.revoke("alice")).isFalse();
    assertThat(agents.find("alice")).get().matches(Agent::revoked);
    String token = agents.createJoinToken("default", "alice", LATER);
    assertThat(agents.redeemJoinToken(token, "alice", KEY)).isEqualTo(Redemption.AGENT_EXISTS);
    assertThatThrownBy(() -> agents.add("bob", "nowhere", KEY))
        .isInstanceOf(StoreException.Rejected.class);
  }

  @Test
  void findsApiKeysByHashUntilTheyAreRevoked() {
    ApiKeyStore keys = new ApiKeyStore(database, InstantSource.system(), new SecureRandom());
    String plain = keys.create(ApiKey.Role.SENDER, "default", "backend");
    ApiKey key = keys.find(ApiKeyStore.hash(plain)).orElseThrow();
    assertThat(key.role()).isEqualTo(ApiKey.Role.SENDER);
    assertThat(keys.find(ApiKeyStore.hash(plain + "x"))).isEmpty();
    assertThat(keys.revoke(key.id())).isTrue();
    assertThat(keys.find(ApiKeyStore.hash(plain))).isEmpty();
    assertThat(keys.list()).isEmpty();
  }

  @Test
  void keepsTheNewestConnectionOfAnAgent() {
    ConnectionStore connections = new ConnectionStore(database);
    AgentConnection first =
        new AgentConnection(UUID.randomUUID(), "alice", KEY, KEY, 1_000, 1_000, true);
    AgentConnection second =
        new AgentConnection(UUID.randomUUID(), "alice", KEY, KEY, 2_000, 2_000, true);
    AgentConnection firstClosed =
        new AgentConnection(first.id(), "alice", KEY, KEY, 1_000, 3_000, false);
    connections.write(List.of(first, second, firstClosed));
    assertThat(connections.find("alice").orElseThrow().id()).isEqualTo(second.id());
    assertThat(connections.find("alice").orElseThrow().active()).isTrue();
    connections.closeLost();
    assertThat(connections.find("alice").orElseThrow().active()).isFalse();
  }

  @Test
  void keepsASecondGatewayOutOfTheDatabase() {
    assertThatThrownBy(() -> Database.open(settings))
        .isInstanceOf(StoreException.Rejected.class)
        .hasMessageContaining("another gateway uses the database");
  }
}
