package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.RefusedException;
import dev.aegis.client.Sent;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Work for whoever is able to do it, wherever sender and agents are connected.
@OnEverySite
class CapabilityIT {
  private static final long PATIENCE_SECONDS = 30;

  private final Site site;
  private final String admin;

  CapabilityIT(Site site) throws Exception {
    this.site = site;
    this.admin = site.apiKey("admin");
  }

  @Test
  void workGoesToAnAgentThatIsAbleWithEveryGuarantee() throws Exception {
    BlockingQueue<String> scanned = new LinkedBlockingQueue<>();
    BlockingQueue<String> printed = new LinkedBlockingQueue<>();
    ClientOptions scanner = able("cb-scanner", "[\"cb-scan\"]");
    ClientOptions printer =
        able("cb-printer", "[{\"name\":\"cb-print\",\"attributes\":{\"color\":true}}]");
    try (AegisClient sender = AegisClient.connect(site.enrol("cb-s1"));
        AegisClient _ =
            AegisClient.connect(scanner, c -> c.on("task", m -> scanned.add(m.text())));
        AegisClient _ =
            AegisClient.connect(printer, c -> c.on("task", m -> printed.add(m.text())))) {
      awaitAble("cap:cb-scan");
      awaitAble("cap:cb-print;color=true");
      for (Guarantee guarantee : Guarantee.values()) {
        Sent sent =
            sender.send(
                OutgoingMessage.text("cap:cb-scan", "task", guarantee.label())
                    .withGuarantee(guarantee));
        if (guarantee.isDurable()) {
          sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        assertThat(scanned.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(guarantee.label());
      }
      sender.send(OutgoingMessage.text("cap:cb-print;color=true", "task", "p"));
      assertThat(printed.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("p");
      assertRefused(sender, OutgoingMessage.text("cap:cb-print;color=false", "task", "p"));
      assertRefused(sender, OutgoingMessage.text("cap:cb-print,cb-scan", "task", "p"));
    }
    assertThat(scanned).isEmpty();
    assertThat(printed).isEmpty();
  }

  @Test
  void whereNobodyIsThereWorkIsRefused() throws Exception {
    able("cb-absent", "[\"cb-nothing\"]");
    try (AegisClient sender = AegisClient.connect(site.enrol("cb-s2"))) {
      assertRefused(sender, OutgoingMessage.text("cap:cb-nothing", "task", "x"));
      assertRefused(
          sender,
          OutgoingMessage.text("cap:cb-nothing", "task", "x").withGuarantee(Guarantee.BEST_EFFORT));
    }
    HttpResponse<String> refused =
        rest("POST", "/api/v1/messages", "{\"to\":\"cap:cb-nothing\",\"content\":{}}");
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(Json.parse(refused.body()).path("code").asString()).isEqualTo("no-candidate");
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    for (String to : List.of("cap:", "cap:a;b", "cap:a b")) {
      assertThat(
              rest("POST", "/api/v1/messages", "{\"to\":\"" + to + "\",\"content\":{}}")
                  .statusCode())
          .isEqualTo(400);
    }
  }

  @Test
  void workIsSpreadOverAllThatAreAble() throws Exception {
    Set<String> handled = ConcurrentHashMap.newKeySet();
    Map<String, AtomicInteger> by = new ConcurrentHashMap<>();
    List<AegisClient> workers = new ArrayList<>();
    try (AegisClient sender = AegisClient.connect(site.enrol("cb-s3"))) {
      for (int i = 0; i < 3; i++) {
        String name = "cb-spread-" + i;
        AtomicInteger count = new AtomicInteger();
        by.put(name, count);
        workers.add(
            AegisClient.connect(
                able(name, "[\"cb-spread\"]"),
                c ->
                    c.on(
                        "task",
                        m -> {
                          handled.add(m.text());
                          count.incrementAndGet();
                        })));
      }
      awaitCandidates("cb-spread-0", "cb-spread-1", "cb-spread-2");
      awaitAble("cap:cb-spread");
      // Nodes hear of agents one after the other: until all three have had something.
      Set<String> sent = new HashSet<>();
      await()
          .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
          .pollDelay(Duration.ZERO)
          .untilAsserted(() -> {
            for (int i = 0; i < 20; i++) {
              String text = UUID.randomUUID().toString();
              sent.add(text);
              sender.send(OutgoingMessage.text("cap:cb-spread", "task", text));
            }
            assertThat(by.values()).allMatch(count -> count.get() > 0);
          });
      await().atMost(Duration.ofSeconds(PATIENCE_SECONDS)).until(() -> handled.containsAll(sent));
    } finally {
      workers.forEach(AegisClient::close);
    }
  }

  @Test
  void parkedWorkWaitsForTheFirstThatIsAble() throws Exception {
    BlockingQueue<String> got = new LinkedBlockingQueue<>();
    try (AegisClient sender = AegisClient.connect(site.enrol("cb-s4"))) {
      List<Sent> sent = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Sent one = sender.send(OutgoingMessage.text("cap:cb-later", "task", "" + i).withParking());
        one.accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        sent.add(one);
      }
      await()
          .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
          .untilAsserted(() -> {
            JsonNode waits = message(sent.getFirst().id());
            assertThat(waits.path("status").asString()).isEqualTo("pending");
            assertThat(waits.path("to").asString()).isEqualTo("cap:cb-later");
            HttpResponse<String> listed =
                rest("GET", "/api/v1/messages?from_agent_id=cb-s4&status=pending", null);
            assertThat(Json.parse(listed.body()).path("messages"))
                .extracting(m -> m.path("to").asString())
                .hasSize(20)
                .containsOnly("cap:cb-later");
          });
      await().atMost(Duration.ofSeconds(PATIENCE_SECONDS)).until(() -> parked() >= 20);

      try (AegisClient _ =
          AegisClient.connect(
              able("cb-late", "[\"cb-later\"]"), c -> c.on("task", m -> got.add(m.text())))) {
        for (Sent one : sent) {
          one.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
      }
      assertThat(got).hasSize(20);
      JsonNode done = endsWith("cb-late", sent.getFirst().id());
      assertThat(done.path("history"))
          .extracting(step -> step.path("status").asString())
          .startsWith("pending", "moved")
          .endsWith("processed");
    }
  }

  @Test
  void parkedWorkExpiresAndItsSenderIsTold() throws Exception {
    try (AegisClient sender = AegisClient.connect(site.enrol("cb-s5"))) {
      Sent sent =
          sender.send(
              OutgoingMessage.text("cap:cb-never", "task", "x")
                  .withParking()
                  .withTtl(Duration.ofMillis(300)));
      assertThatThrownBy(() -> sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("expired");
    }
  }

  /// An admin takes the agent out while it is at work: what it has not finished is another's.
  @Test
  void workOfAnAgentThatIsSetInactiveMovesOn() throws Exception {
    BlockingQueue<String> first = new LinkedBlockingQueue<>();
    BlockingQueue<IncomingMessage> second = new LinkedBlockingQueue<>();
    CountDownLatch end = new CountDownLatch(1);
    ClientOptions leaves = able("cb-leaves", "[\"cb-move\"]");
    ClientOptions stays = able("cb-stays", "[\"cb-move\"]");
    try (AegisClient sender = AegisClient.connect(site.enrol("cb-s6"));
        AegisClient _ =
            AegisClient.connect(
                leaves,
                c ->
                    c.on(
                        "task",
                        m -> {
                          first.add(m.text());
                          end.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                        }))) {
      awaitAble("cap:cb-move");
      Sent sent = sender.send(OutgoingMessage.text("cap:cb-move", "task", "x"));
      assertThat(first.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("x");

      setStatus("cb-leaves", "inactive");
      try (AegisClient _ = AegisClient.connect(stays, c -> c.on("task", second::add))) {
        sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      end.countDown();
      IncomingMessage moved = second.remove();
      assertThat(moved.message().id()).isEqualTo(sent.id());
      JsonNode shown = endsWith("cb-stays", sent.id());
      assertThat(shown.path("history"))
          .filteredOn(step -> step.path("status").asString().equals("moved"))
          .extracting(step -> step.path("reason").asString())
          .containsExactly("cb-leaves", "cb-stays");
      HttpResponse<String> listed =
          rest("GET", "/api/v1/messages?from_agent_id=cb-s6&message_type=task", null);
      assertThat(Json.parse(listed.body()).path("messages"))
          .as("once, as whoever has it by now")
          .extracting(m -> m.path("to").asString() + " " + m.path("status").asString())
          .containsExactly("cb-stays processed");
    }
  }

  /// Not now, says the agent; another one is there.
  @Test
  void workThatAnAgentPutsOffMovesOnAndIsNeverOpenTwice() throws Exception {
    BlockingQueue<IncomingMessage> second = new LinkedBlockingQueue<>();
    ClientOptions other = able("cb-ready", "[\"cb-busy\"]");
    try (RawAgent busy = site.raw("cb-puts-off");
        AegisClient sender = AegisClient.connect(site.enrol("cb-s7"))) {
      setCapabilities("cb-puts-off", "[\"cb-busy\"]");
      awaitAble("cap:cb-busy");
      Sent sent = sender.send(OutgoingMessage.text("cap:cb-busy", "task", "x"));
      Control.Delivery delivery = durable(busy);
      busy.send(
          EnvelopeCodec.encode(
              new Control.Nack(
                  delivery.mailboxEpoch(),
                  delivery.sequence(),
                  ErrorCode.OVERLOADED.wire(),
                  "not now",
                  60_000)));
      try (AegisClient _ = AegisClient.connect(other, c -> c.on("task", second::add))) {
        sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(second.remove().message().id()).isEqualTo(sent.id());
        Control.Gap gap = busy.next(Control.Gap.class);
        assertThat(gap.code()).isEqualTo(ErrorCode.MOVED_ON.wire());
        assertThat(gap.sequences().contains(delivery.sequence())).isTrue();
        // What the first agent says now is about a message that it does not have.
        busy.send(
            EnvelopeCodec.encode(
                new Control.Ack(
                    Stage.PROCESSED,
                    delivery.mailboxEpoch(),
                    SequenceRanges.of(delivery.sequence()))));
      }
      endsWith("cb-ready", sent.id());
    }
  }

  /// Where there is no other, it stays, and is there when the agent is.
  @Test
  void workStaysWithTheOnlyAgentThatIsAble() throws Exception {
    BlockingQueue<IncomingMessage> got = new LinkedBlockingQueue<>();
    ClientOptions only = able("cb-only", "[\"cb-single\"]");
    try (AegisClient sender = AegisClient.connect(site.enrol("cb-s8"))) {
      Sent sent;
      try (RawAgent takesAndIsGone = site.raw(only, 0, 0)) {
        awaitAble("cap:cb-single");
        sent = sender.send(OutgoingMessage.text("cap:cb-single", "task", "x"));
        assertThat(durable(takesAndIsGone).sequence()).isPositive();
        setStatus("cb-only", "inactive");
      }
      setStatus("cb-only", "active");
      try (AegisClient _ = AegisClient.connect(site.elsewhere(only), c -> c.on("task", got::add))) {
        sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(got.remove().message().id()).isEqualTo(sent.id());
      }
    }
  }

  @Test
  void aRepeatIsStoredOnceWhoeverHasItByThen() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    UUID id = UUID.randomUUID();
    try (RawAgent sender = site.raw("cb-repeats")) {
      byte[] work = parked("cb-repeats", id, 1);
      storeAgain(sender, work, id);
      storeAgain(sender, work, id);
      try (AegisClient _ =
          AegisClient.connect(
              able("cb-once-1", "[\"cb-once\"]"),
              c -> c.on("task", m -> calls.incrementAndGet()))) {
        endsWith("cb-once-1", id);
      }
      try (AegisClient _ =
          AegisClient.connect(
              able("cb-once-2", "[\"cb-once\"]"),
              c -> c.on("task", m -> calls.incrementAndGet()))) {
        awaitAble("cap:cb-once");
        storeAgain(sender, work, id);
        sender.sendSigned(parked("cb-repeats", id, 2));
        assertThat(sender.next(Control.Refusal.class).code()).isEqualTo(ErrorCode.CONFLICT.wire());
      }
      assertThat(calls.get()).isEqualTo(1);
      assertThat(message(id).path("to").asString()).isEqualTo("cb-once-1");
    }
  }

  private static byte[] parked(String from, UUID id, int size) {
    return EnvelopeCodec.encode(
        Message.builder(Kind.EVENT, id, from, "cap:cb-once", "task")
            .guarantee(Guarantee.EXACTLY_ONCE)
            .flags(Message.RECEIPT_STORED)
            .metadata(Map.of("no_candidate", "park"))
            .payload(new byte[size])
            .build());
  }

  private static void storeAgain(RawAgent sender, byte[] work, UUID id) throws Exception {
    sender.sendSigned(work);
    Control.Receipt receipt = sender.next(Control.Receipt.class);
    assertThat(receipt.stage()).isEqualTo(Stage.STORED);
    assertThat(receipt.ids()).containsExactly(id);
  }

  /// Once any node says so: what another one stored shows a moment later.
  private JsonNode endsWith(String agent, UUID id) throws Exception {
    await()
        .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
        .untilAsserted(() -> {
          JsonNode now = message(id);
          assertThat(now.path("status").asString()).isEqualTo("processed");
          assertThat(now.path("to").asString()).isEqualTo(agent);
        });
    return message(id); // a row by now, and so the same at every node
  }

  /// The calls of a client that registers agents, sends a task to nobody in particular, polls, and
  /// puts a status: the bodies are those that it writes, down to the null.
  @Test
  void aTaskWithRequirementsIsPolledByAnAgentThatMeetsThem() throws Exception {
    HttpResponse<String> registered =
        rest(
            "POST",
            "/api/agents",
            "{\"name\":\"cb-scraper\",\"type\":\"scraper\",\"endpoint\":null,"
                + "\"capabilities\":[\"cb-scrape\",\"cb-motorcycles\"]}");
    assertThat(registered.statusCode()).as(registered.body()).isEqualTo(201);
    String agent = Json.parse(registered.body()).path("id").asString();
    assertThat(rest("POST", "/api/agents/" + agent + "/heartbeat", null).statusCode())
        .isBetween(200, 204);
    String content =
        "{\"task_type\":\"scrape_motorcycle_data\",\"requirements\":[\"cb-scrape\","
            + "\"cb-motorcycles\"],\"parameters\":{\"max_pages\":10}}";
    List<String> ids = new ArrayList<>();
    for (String to : List.of("null", "\"\"", "\"00000000-0000-0000-0000-000000000000\"")) {
      String body =
          "{\"to_agent_id\":%s,\"message_type\":\"task\",\"content\":%s,\"priority\":3}"
              .formatted(to, content);
      await()
          .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
          .untilAsserted(() -> {
            HttpResponse<String> sent = rest("POST", "/api/messages", body);
            assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
            ids.add(Json.parse(sent.body()).path("id").asString());
          });
    }
    // The agent talks to one node, as a client with one base URL does.
    GatewayAccess node = site.node(0);
    String pending = "/api/messages?to_agent_id=" + agent + "&status=pending";
    await()
        .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
        .untilAsserted(() ->
            assertThat(Json.parse(node.rest("GET", pending, admin, null).body()))
                .extracting(m -> m.path("id").asString())
                .containsExactlyInAnyOrderElementsOf(ids));
    for (JsonNode task : Json.parse(node.rest("GET", pending, admin, null).body())) {
      assertThat(task.path("content").path("task_type").asString())
          .isEqualTo("scrape_motorcycle_data");
      assertThat(task.path("to_agent_id").asString()).isEqualTo(agent);
      HttpResponse<String> put =
          node.rest(
              "PUT",
              "/api/messages/" + task.path("id").asString() + "/status",
              admin,
              "{\"status\":\"processed\",\"result\":{\"status\":\"completed\"}}");
      assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    }
    assertThat(Json.parse(node.rest("GET", pending, admin, null).body())).isEmpty();
    JsonNode done = endsWith(agent, UUID.fromString(ids.getFirst()));
    assertThat(done.path("result").path("status").asString()).isEqualTo("completed");

    for (String wrong : List.of("[]", "\"cb-scrape\"", "[1]", "[\"a b\"]", "null")) {
      assertThat(
              rest(
                      "POST",
                      "/api/messages",
                      "{\"message_type\":\"task\",\"content\":{\"requirements\":%s}}"
                          .formatted(wrong))
                  .statusCode())
          .isEqualTo(400);
    }
  }

  private ClientOptions able(String agent, String capabilities) throws Exception {
    ClientOptions enrolled = site.enrol(agent);
    setCapabilities(agent, capabilities);
    return enrolled;
  }

  private void setCapabilities(String agent, String capabilities) throws Exception {
    patch(agent, "{\"capabilities\":" + capabilities + "}");
  }

  private void setStatus(String agent, String status) throws Exception {
    patch(agent, "{\"status\":\"" + status + "\"}");
  }

  private void patch(String agent, String body) throws Exception {
    HttpResponse<String> patched = rest("PATCH", "/api/v1/agents/" + agent, body);
    assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
  }

  /// Until every node has somebody connected for it: they hear of agents one after the other.
  private void awaitAble(String to) {
    String probe =
        "{\"to\":\"%s\",\"type\":\"probe\",\"delivery_guarantee\":\"best-effort\",\"content\":{}}"
            .formatted(to);
    await()
        .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
        .untilAsserted(() -> {
          for (GatewayAccess node : site.nodes()) {
            HttpResponse<String> sent = node.rest("POST", "/api/v1/messages", admin, probe);
            assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
          }
        });
  }

  /// Until they are healthy in the registry.
  private void awaitCandidates(String... agents) {
    await()
        .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
        .untilAsserted(() -> {
          for (String agent : agents) {
            JsonNode shown = Json.parse(rest("GET", "/api/v1/agents/" + agent, null).body());
            assertThat(shown.path("state").asString()).as(agent).isEqualTo("healthy");
          }
        });
  }

  private long parked() throws Exception {
    long parked = 0;
    for (GatewayAccess node : site.nodes()) {
      JsonNode status = Json.parse(node.admin("GET", "/status", null).body());
      parked += status.path("capabilities").path("parked").asLong();
    }
    return parked;
  }

  private static void assertRefused(AegisClient sender, OutgoingMessage message) {
    assertThatThrownBy(
            () -> sender.send(message).processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(RefusedException.class)
        .cause()
        .extracting(e -> ((RefusedException) e).code())
        .isEqualTo(ErrorCode.NO_CANDIDATE);
  }

  private static Control.Delivery durable(RawAgent agent) throws Exception {
    while (true) {
      Control.Delivery delivery = agent.next(Control.Delivery.class);
      if (delivery.sequence() != 0) {
        return delivery;
      }
    }
  }

  private JsonNode message(UUID id) throws Exception {
    HttpResponse<String> shown = rest("GET", "/api/v1/messages/" + id, null);
    assertThat(shown.statusCode()).as(shown.body()).isEqualTo(200);
    return Json.parse(shown.body());
  }

  private HttpResponse<String> rest(String method, String path, @Nullable String body)
      throws Exception {
    return site.rest(method, path, admin, body);
  }
}
