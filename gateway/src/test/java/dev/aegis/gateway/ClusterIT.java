package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Guarantee;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Gateways over one Redis and one PostgreSQL: any of them serves any agent.
@OnEveryCluster
class ClusterIT {
  private static final long PATIENCE_SECONDS = 30;

  private final Site site;
  private final GatewayAccess one;
  private final GatewayAccess two;

  ClusterIT(Site site) {
    this.site = site;
    this.one = site.node(0);
    this.two = site.node(1);
  }

  @Test
  void aMessageReachesAnAgentOfTheOtherNodeWithEveryGuarantee() throws Exception {
    BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
    try (AegisClient _ =
            AegisClient.connect(two.enrol("c-bob", "default"), c -> c.on("note", received::add));
        AegisClient alice = AegisClient.connect(one.enrol("c-alice", "default"))) {
      for (Guarantee guarantee : Guarantee.values()) {
        Sent sent =
            alice.send(OutgoingMessage.text("c-bob", "note", "hello").withGuarantee(guarantee));
        IncomingMessage message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(message).as("%s", guarantee).isNotNull();
        assertThat(message.text()).isEqualTo("hello");
        if (guarantee.isDurable()) {
          sent.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
          sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
      }
    }
  }

  @Test
  void anAgentThatMovesFindsItsMailboxAndKeepsTheOrder() throws Exception {
    ClientOptions bob = one.enrol("m-bob", "default");
    BlockingQueue<IncomingMessage> received = new LinkedBlockingQueue<>();
    try (AegisClient alice = AegisClient.connect(one.enrol("m-alice", "default"))) {
      List<Sent> sent = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        sent.add(alice.send(OutgoingMessage.text("m-bob", "note", "before " + i)));
      }
      for (Sent each : sent) {
        each.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      try (AegisClient _ = AegisClient.connect(two.here(bob), c -> c.on("note", received::add))) {
        for (int i = 0; i < 20; i++) {
          alice.send(OutgoingMessage.text("m-bob", "note", "after " + i));
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
          IncomingMessage message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
          assertThat(message).as("after %s", texts).isNotNull();
          texts.add(message.text());
        }
        List<String> expected = new ArrayList<>();
        for (String when : List.of("before ", "after ")) {
          for (int i = 0; i < 20; i++) {
            expected.add(when + i);
          }
        }
        assertThat(texts).containsExactlyElementsOf(expected);
      }
    }
  }

  @Test
  void aNewerLoginAtTheOtherNodeTakesOver() throws Exception {
    ClientOptions bob = one.enrol("t-bob", "default");
    BlockingQueue<IncomingMessage> first = new LinkedBlockingQueue<>();
    BlockingQueue<IncomingMessage> second = new LinkedBlockingQueue<>();
    try (AegisClient older = AegisClient.connect(bob, c -> c.on("note", first::add));
        AegisClient _ = AegisClient.connect(two.here(bob), c -> c.on("note", second::add));
        AegisClient alice = AegisClient.connect(one.enrol("t-alice", "default"))) {
      older.ended().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      alice
          .send(OutgoingMessage.text("t-bob", "note", "hello"))
          .processed()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(second.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
      assertThat(first).isEmpty();
    }
  }

  @Test
  void aRequestIsAnsweredAcrossNodes() throws Exception {
    try (AegisClient _ =
            AegisClient.connect(
                two.enrol("r-bob", "default"),
                c ->
                    c.onRequest(
                        "question", m -> (m.text() + "!").getBytes(StandardCharsets.UTF_8)));
        AegisClient alice = AegisClient.connect(one.enrol("r-alice", "default"))) {
      assertThat(
              alice
                  .request(
                      OutgoingMessage.text("r-bob", "question", "well"), Duration.ofSeconds(20))
                  .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                  .text())
          .isEqualTo("well!");
    }
  }

  @Test
  void aBroadcastReachesTheAgentsOfAllNodes() throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    try (AegisClient _ =
            AegisClient.connect(
                one.enrol("b-one", "default"),
                c -> c.on("news", m -> received.add("one " + m.text())));
        AegisClient _ =
            AegisClient.connect(
                two.enrol("b-two", "default"),
                c -> c.on("news", m -> received.add("two " + m.text())));
        AegisClient alice = AegisClient.connect(one.enrol("b-alice", "default"))) {
      alice.send(OutgoingMessage.text("*", "news", "hear").withGuarantee(Guarantee.BEST_EFFORT));
      await()
          .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
          .until(() -> received.contains("one hear") && received.contains("two hear"));
    }
  }

  @Test
  void aTopicReachesTheSubscribersOfAllNodes() throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    try (AegisClient bob = AegisClient.connect(two.enrol("p-bob", "default"));
        AegisClient alice = AegisClient.connect(one.enrol("p-alice", "default"))) {
      bob.subscribe("weather.*", m -> received.add(m.text())).active().get(20, TimeUnit.SECONDS);
      alice.publish(
          "weather.north",
          OutgoingMessage.text("*", "news", "rain").withGuarantee(Guarantee.BEST_EFFORT));
      assertThat(received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("rain");
    }
  }

  @Test
  void theStatusShowsTheNodes() throws Exception {
    List<String> names = IntStream.range(0, site.nodes().size()).mapToObj(i -> "n" + i).toList();
    await()
        .untilAsserted(() ->
            assertThat(
                    Json.parse(one.admin("GET", "/status", null).body())
                        .path("nodes")
                        .valueStream()
                        .map(node -> node.path("node").asString()))
                .containsExactlyInAnyOrderElementsOf(names));
  }

  @Test
  void theClusterShowsWhoOwnsHowManyMailboxes() throws Exception {
    try (AegisClient _ = AegisClient.connect(one.enrol("o-alice", "default"));
        AegisClient _ = AegisClient.connect(two.enrol("o-bob", "default"))) {
      JsonNode shown = Json.parse(two.admin("GET", "/admin/cluster", null).body());
      assertThat(shown.path("member").asBoolean()).isTrue();
      assertThat(shown.path("ownsMailboxes").asBoolean()).isTrue();
      assertThat(shown.path("fabric").path("up").asBoolean()).isTrue();
      assertThat(shown.path("nodes").valueStream())
          .hasSize(site.nodes().size())
          .filteredOn(node -> node.path("mailboxes").asLong() > 0)
          .extracting(node -> node.path("node").asString())
          .contains("n0", "n1");
      JsonNode status = Json.parse(two.admin("GET", "/status", null).body());
      assertThat(status.path("fabric").path("up").asBoolean()).isTrue();
      assertThat(status.path("forwarding").isNumber()).isTrue();
      assertThat(status.path("leaseMillis").asLong()).isPositive();
      assertThat(status.path("mailboxesHere").asLong()).isPositive();
      assertThat(status.path("waitingLogins").asLong()).isZero();
      assertThat(status.path("fabric").path("openBreakers").asLong()).isZero();
      String metrics = two.admin("GET", "/metrics", null).body();
      assertThat(metrics)
          .contains("aegis_cluster_members " + site.nodes().size() + ".0")
          .contains("aegis_fabric_up 1.0")
          .contains("aegis_fabric_breakers_open 0.0")
          .contains("aegis_fabric_refused_total{reason=\"no-inbox\"}")
          .contains("aegis_fabric_inbox_entries");
      assertThat(value(metrics, "aegis_cluster_lease_seconds")).isPositive();
      assertThat(value(metrics, "aegis_cluster_mailboxes")).isPositive();
      assertThat(value(metrics, "aegis_fabric_sent_total")).isPositive();
      assertThat(value(metrics, "aegis_fabric_roundtrip_seconds_count")).isPositive();
      assertThat(value(metrics, "aegis_fabric_roundtrip_seconds_sum")).isPositive();
    }
  }

  private static double value(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }
}
