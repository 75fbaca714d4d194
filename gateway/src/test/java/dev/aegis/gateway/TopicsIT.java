package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.InvalidOperationException;
import dev.aegis.client.MessageHandler;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.RefusedException;
import dev.aegis.client.RequestOptions;
import dev.aegis.client.SubscribeOptions;
import dev.aegis.client.Subscription;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.Stage;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Topics, wherever publishers and subscribers are connected. Each test has topics of its own, and
/// publishes a last message that ends what it waits for: what has not come before that does not
/// come.
@OnEverySite
class TopicsIT {
  private static final long PATIENCE_SECONDS = 30;
  private static final SubscribeOptions ALL = SubscribeOptions.defaults();

  private final Site site;

  TopicsIT(Site site) {
    this.site = site;
  }

  /// What one subscriber has received, in order.
  private static final class Received implements MessageHandler {
    private final BlockingQueue<IncomingMessage> queue = new LinkedBlockingQueue<>();

    @Override
    public void handle(IncomingMessage message) {
      queue.add(message);
    }

    /// The texts before `end`.
    List<String> until(String end) throws InterruptedException {
      List<String> texts = new ArrayList<>();
      while (true) {
        IncomingMessage next = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(next).as("something behind %s", texts).isNotNull();
        if (next.text().equals(end)) {
          return texts;
        }
        texts.add(next.text());
      }
    }
  }

  @Test
  void wildcardsChooseTopics() throws Exception {
    Received one = new Received();
    Received rest = new Received();
    Received exact = new Received();
    try (AegisClient publisher = AegisClient.connect(site.enrol("wild-p"));
        AegisClient a = AegisClient.connect(site.enrol("wild-a"));
        AegisClient b = AegisClient.connect(site.enrol("wild-b"))) {
      active(a.subscribe("wild.*.eu", one));
      active(a.subscribe("wild.end", one));
      active(b.subscribe("wild.>", rest));
      active(b.subscribe("wild.created.eu", exact));
      publish(publisher, "wild.created.eu", "1");
      publish(publisher, "wild.created.us", "2");
      publish(publisher, "wild.created.eu.west", "3");
      publish(publisher, "wilder.created.eu", "4");
      publish(publisher, "wild.ended.eu", "5");
      publish(publisher, "wild.end", "end");

      assertThat(one.until("end")).containsExactly("1", "5");
      assertThat(rest.until("end")).containsExactly("1", "2", "3", "5");
      assertThat(exact.queue).singleElement().extracting(IncomingMessage::text).isEqualTo("1");
    }
  }

  @Test
  void filtersChooseMessages() throws Exception {
    Received received = new Received();
    Received urgent = new Received();
    try (AegisClient publisher = AegisClient.connect(site.enrol("filter-p"));
        AegisClient other = AegisClient.connect(site.enrol("filter-o"));
        AegisClient a = AegisClient.connect(site.enrol("filter-a"));
        AegisClient b = AegisClient.connect(site.enrol("filter-b"))) {
      active(
          a.subscribe(
              "filter.>",
              ALL.withType("order").withFrom("filter-p").withMetadata("region", "eu"),
              received));
      active(b.subscribe("filter.>", ALL.withPriorities(Priority.CRITICAL, Priority.HIGH), urgent));
      // Only messages of one sender and class keep their order.
      Map<String, String> inEurope = Map.of("region", "eu", "more", "x");
      other
          .publish("filter.a", order("of another").withMetadata(inEurope))
          .accepted()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      publisher.publish("filter.a", order("eu").withMetadata(inEurope));
      publisher.publish("filter.a", order("us").withMetadata(Map.of("region", "us")));
      publisher.publish("filter.a", order("none"));
      publisher.publish("filter.a", text("status", "eu").withMetadata(inEurope));
      publisher.publish("filter.a", order("end").withMetadata(inEurope));
      publisher.publish("filter.a", order("high").withPriority(Priority.HIGH));
      publisher.publish("filter.a", order("end").withPriority(Priority.HIGH));

      assertThat(received.until("end")).containsExactly("eu");
      assertThat(urgent.until("end")).containsExactly("high");
      assertThat(urgent.queue).isEmpty();
    }
  }

  private static OutgoingMessage order(String text) {
    return text("order", text);
  }

  private static OutgoingMessage text(String type, String text) {
    return OutgoingMessage.text("", type, text)
        .withGuarantee(Guarantee.BEST_EFFORT)
        .withPriority(Priority.NORMAL);
  }

  @Test
  void exactlyOneOfAQueueGroupGetsEachMessage() throws Exception {
    List<String> taken = new CopyOnWriteArrayList<>();
    List<AegisClient> workers = new ArrayList<>();
    try (AegisClient publisher = AegisClient.connect(site.enrol("queue-p"))) {
      for (String name : List.of("queue-a", "queue-b", "queue-c")) {
        AegisClient worker = AegisClient.connect(site.enrol(name));
        workers.add(worker);
        active(
            worker.subscribe(
                "queue.*", ALL.withQueueGroup("workers"), m -> taken.add(name + m.text())));
      }
      await() // until the publisher's node knows all of them
          .untilAsserted(() -> {
            publish(publisher, "queue.x", ":first");
            assertThat(taken).contains("queue-a:first", "queue-b:first", "queue-c:first");
          });
      for (int i = 0; i < 90; i++) {
        publish(publisher, "queue.x", ":" + i);
      }
      await()
          .untilAsserted(() -> {
            taken.removeIf(each -> each.endsWith(":first"));
            assertThat(taken).hasSize(90);
          });
      assertThat(taken.stream().map(each -> each.substring(each.indexOf(':'))).distinct())
          .hasSize(90);
      for (String name : List.of("queue-a", "queue-b", "queue-c")) {
        assertThat(taken.stream().filter(each -> each.startsWith(name)).count()).isGreaterThan(5);
      }
    } finally {
      workers.forEach(AegisClient::close);
    }
  }

  @Test
  void organizationsDoNotHearEachOther() throws Exception {
    Received ours = new Received();
    Received theirs = new Received();
    try (AegisClient publisher = AegisClient.connect(site.enrol("org-p"));
        AegisClient friend = AegisClient.connect(site.enrol("org-friend"));
        AegisClient stranger = AegisClient.connect(site.enrol("org-stranger", "elsewhere"))) {
      active(friend.subscribe("org.>", ours));
      active(stranger.subscribe("org.>", theirs));
      active(stranger.subscribe("org.x.>", ALL.withDurable(true), theirs));
      publish(publisher, "org.x.y", "ours");
      publisher
          .publish("org.x.y", order("kept").withGuarantee(Guarantee.AT_LEAST_ONCE))
          .accepted()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      publish(publisher, "org.end", "end");
      publish(stranger, "org.x.y", "end");

      assertThat(ours.until("end")).containsExactly("ours", "kept");
      assertThat(theirs.until("end")).isEmpty();
    }
  }

  @Test
  void durableMessagesWaitForADurableSubscriberThatIsAway() throws Exception {
    ClientOptions subscriber = site.enrol("durable-s");
    SubscribeOptions durable = ALL.withDurable(true);
    Received received = new Received();
    try (AegisClient client = AegisClient.connect(subscriber)) {
      active(client.subscribe("durable.>", durable, received));
    }
    site.awaitSubscriptionsKnown();
    try (AegisClient publisher = AegisClient.connect(site.enrol("durable-p"))) {
      publish(publisher, "durable.a", "best-effort is not kept");
      stored(publisher, "durable.a", "1", Guarantee.AT_LEAST_ONCE);
      stored(publisher, "durable.b", "2", Guarantee.EXACTLY_ONCE);
      try (AegisClient _ =
          AegisClient.connect(
              site.elsewhere(subscriber), c -> c.subscribe("durable.>", durable, received))) {
        stored(publisher, "durable.b", "end", Guarantee.EXACTLY_ONCE);
        assertThat(received.until("end")).containsExactly("1", "2");
        await().untilAsserted(() -> assertThat(pending("durable-s")).isZero());
      }
    }
    assertThat(rows("durable-s")).isEqualTo(1);
    try (AegisClient client = AegisClient.connect(site.elsewhere(subscriber))) {
      Subscription subscription = client.subscribe("durable.>", durable, received);
      active(subscription);
      subscription.close();
      await().untilAsserted(() -> assertThat(rows("durable-s")).isZero());
    }
  }

  @Test
  void whatIsPublishedDuringAndBetweenSessionsAllComes() throws Exception {
    SubscribeOptions durable = ALL.withDurable(true);
    Received received = new Received();
    ClientOptions subscriber = site.enrol("twice-s");
    try (AegisClient client = AegisClient.connect(subscriber)) {
      active(client.subscribe("twice", durable, received));
    }
    site.awaitSubscriptionsKnown();
    try (AegisClient publisher = AegisClient.connect(site.enrol("twice-p"))) {
      for (int life = 0; life < 3; life++) {
        try (AegisClient client =
            AegisClient.connect(
                site.elsewhere(subscriber), c -> c.subscribe("twice", durable, received))) {
          stored(publisher, "twice", life + "a", Guarantee.EXACTLY_ONCE);
          assertThat(client.agentId()).isEqualTo("twice-s");
        }
        stored(publisher, "twice", life + "b", Guarantee.EXACTLY_ONCE);
      }
      try (AegisClient _ =
          AegisClient.connect(
              site.elsewhere(subscriber), c -> c.subscribe("twice", durable, received))) {
        stored(publisher, "twice", "end", Guarantee.EXACTLY_ONCE);
        assertThat(received.until("end")).contains("0a", "0b", "1a", "1b", "2a", "2b");
      }
    }
  }

  @Test
  void aDurableMessageReachesEverySubscriberAndIsAnsweredOnce() throws Exception {
    Received kept = new Received();
    Received live = new Received();
    SubscribeOptions durable = ALL.withDurable(true);
    try (RawAgent publisher = site.raw("answer-p");
        AegisClient a = AegisClient.connect(site.enrol("answer-a"));
        AegisClient b = AegisClient.connect(site.enrol("answer-b"))) {
      active(a.subscribe("answer", durable, kept));
      active(b.subscribe("answer", live));
      site.awaitSubscriptionsKnown();
      UUID id = UUID.randomUUID();
      byte[] message =
          EnvelopeCodec.encode(
              Message.builder(Kind.EVENT, id, "answer-p", "topic:answer", "t")
                  .guarantee(Guarantee.AT_LEAST_ONCE)
                  .flags(Message.RECEIPT_STORED | Message.RECEIPT_PROCESSED)
                  .payload("end".getBytes(StandardCharsets.UTF_8))
                  .build());
      publisher.sendSigned(message);

      Control.Receipt stored = publisher.next(Control.Receipt.class);
      assertThat(stored.stage()).isEqualTo(Stage.STORED);
      assertThat(stored.ids()).containsExactly(id);
      assertThat(stored.level()).isEqualTo(1);
      Control.Receipt processed = publisher.next(Control.Receipt.class);
      assertThat(processed.stage()).isEqualTo(Stage.PROCESSED);
      assertThat(processed.recipient()).isEqualTo("answer-a");
      assertThat(kept.until("end")).isEmpty();
      assertThat(live.until("end")).isEmpty();

      publisher.sendSigned(message); // a repeat
      assertThat(publisher.next(Control.Receipt.class).ids()).containsExactly(id);
      assertThat(live.queue).isEmpty();
    }
  }

  @Test
  void oneOfADurableQueueGroupGetsEachMessage() throws Exception {
    SubscribeOptions shared = ALL.withDurable(true).withQueueGroup("keepers");
    ClientOptions away = site.enrol("keep-b");
    List<String> taken = new CopyOnWriteArrayList<>();
    try (AegisClient publisher = AegisClient.connect(site.enrol("keep-p"));
        AegisClient a = AegisClient.connect(site.enrol("keep-a"))) {
      active(a.subscribe("keep", shared, m -> taken.add(m.text())));
      try (AegisClient b = AegisClient.connect(away)) {
        active(b.subscribe("keep", shared, m -> taken.add(m.text())));
      }
      site.awaitSubscriptionsKnown();
      for (int i = 0; i < 40; i++) {
        stored(publisher, "keep", "" + i, Guarantee.EXACTLY_ONCE);
      }
      await().untilAsserted(() -> assertThat(taken.size() + pending("keep-b")).isEqualTo(40));
      // nodes that do not have its mailbox count rows, which are a moment behind
      await().untilAsserted(() -> assertThat(pending("keep-b")).isPositive());
      try (AegisClient _ =
          AegisClient.connect(
              site.elsewhere(away), c -> c.subscribe("keep", shared, m -> taken.add(m.text())))) {
        await().untilAsserted(() -> assertThat(taken).hasSize(40).doesNotHaveDuplicates());
      }
    }
  }

  @Test
  void subscriptionsAreMadeAgainAfterARestartOfTheGateway() throws Exception {
    site.assumeAlone("that of a cluster's nodes, one after the other, is a test of its own");
    ClientOptions subscriber = site.enrol("restart-s");
    Received received = new Received();
    try (AegisClient client = AegisClient.connect(subscriber)) {
      active(client.subscribe("restart.kept", ALL.withDurable(true), received));
    }
    int before = status(site.node(0)).path("durableSubscriptions").asInt();
    site.restart();
    assertThat(status(site.node(0)).path("durableSubscriptions").asInt()).isEqualTo(before);
    try (AegisClient publisher = AegisClient.connect(site.enrol("restart-p"))) {
      stored(publisher, "restart.kept", "1", Guarantee.AT_LEAST_ONCE);
      try (AegisClient _ =
          AegisClient.connect(
              subscriber, c -> c.subscribe("restart.kept", ALL.withDurable(true), received))) {
        stored(publisher, "restart.kept", "end", Guarantee.AT_LEAST_ONCE);
        assertThat(received.until("end")).containsExactly("1");
      }
    }
  }

  @Test
  void aSubscriptionThatWasClosedHearsNothingMore() throws Exception {
    Received closed = new Received();
    Received stays = new Received();
    try (AegisClient publisher = AegisClient.connect(site.enrol("close-p"));
        AegisClient client = AegisClient.connect(site.enrol("close-s"))) {
      Subscription subscription = client.subscribe("close.a", closed);
      active(subscription);
      active(client.subscribe("close.b", stays));
      publish(publisher, "close.a", "end");
      closed.until("end");
      subscription.close();
      assertThat(subscription.ended())
          .succeedsWithin(Duration.ofSeconds(5))
          .isInstanceOf(InvalidOperationException.class);
      active(client.subscribe("close.c", stays)); // answered behind the end of the other
      publish(publisher, "close.a", "too late");
      publish(publisher, "close.b", "end");
      assertThat(stays.until("end")).isEmpty();
      assertThat(closed.queue).isEmpty();
    }
  }

  @Test
  void boundsAreErrorsWithTheirCodes() throws Exception {
    Received received = new Received();
    try (AegisClient client = AegisClient.connect(site.enrol("bound-s"));
        AegisClient neighbour = AegisClient.connect(site.enrol("bound-n"))) {
      for (int i = 0; i < 256; i++) {
        active(client.subscribe("bound." + i, received));
      }
      Subscription beyond = client.subscribe("bound.end", received);
      assertRefused(beyond, ErrorCode.TOO_MANY_SUBSCRIPTIONS);
      assertThat(beyond.ended()).isDone();
      assertRefused(neighbourWith(neighbour, received), ErrorCode.CONFLICT);
      publish(neighbour, "bound.255", "end");
      assertThat(received.until("end")).isEmpty();
    }
  }

  /// Of the two overlapping subscriptions the second.
  private static Subscription neighbourWith(AegisClient client, Received received)
      throws Exception {
    active(client.subscribe("bound.>", ALL.withQueueGroup("g"), _ -> {}));
    return client.subscribe("*.x", received);
  }

  private static void assertRefused(Subscription subscription, ErrorCode code) {
    assertThatThrownBy(() -> active(subscription))
        .cause()
        .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void aCopyThatDiedIsRedrivenToItsOwnSubscriber() throws Exception {
    SubscribeOptions durable = ALL.withDurable(true);
    Received sound = new Received();
    Received broken = new Received();
    AtomicBoolean mended = new AtomicBoolean();
    String admin = site.apiKey("admin");
    try (AegisClient publisher = AegisClient.connect(site.enrol("dead-p"));
        AegisClient a = AegisClient.connect(site.enrol("dead-a"));
        AegisClient b = AegisClient.connect(site.enrol("dead-b"))) {
      active(a.subscribe("dead", durable, sound));
      active(
          b.subscribe(
              "dead",
              durable,
              m -> {
                if (!mended.get()) {
                  throw new IllegalStateException("broken");
                }
                broken.handle(m);
              }));
      site.awaitSubscriptionsKnown();
      UUID id =
          publisher
              .publish(
                  "dead",
                  order("end")
                      .withGuarantee(Guarantee.AT_LEAST_ONCE)
                      .withMetadata(Map.of("max_retries", "1")))
              .id();
      sound.until("end");
      await()
          .untilAsserted(() ->
              assertThat(
                      Json.parse(site.rest("GET", "/api/v1/messages/" + id, admin, null).body())
                          .path("status")
                          .asString())
                  .isEqualTo("dead"));
      mended.set(true);
      String redrive = "/api/v1/messages/" + id + "/redrive";
      assertThat(site.rest("POST", redrive, admin, "").statusCode()).isEqualTo(202);
      assertThat(broken.until("end")).isEmpty();
      assertThat(site.rest("POST", redrive, admin, "").statusCode()).isEqualTo(404);
      assertThat(sound.queue).isEmpty();
    }
  }

  @Test
  void aRequestToAQueueGroupIsAnsweredByOne() throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    try (AegisClient asker = AegisClient.connect(site.enrol("rpc-asker"));
        AegisClient a = AegisClient.connect(site.enrol("rpc-a"));
        AegisClient b = AegisClient.connect(site.enrol("rpc-b"))) {
      for (AegisClient worker : List.of(a, b)) {
        worker.onRequest("who", _ -> worker.agentId().getBytes(StandardCharsets.UTF_8));
        active(worker.subscribe("rpc", ALL.withQueueGroup("g"), _ -> heard.add(worker.agentId())));
      }
      await() // until the asker's node knows both
          .untilAsserted(() -> {
            publish(asker, "rpc", "first");
            assertThat(heard).contains("rpc-a", "rpc-b");
          });
      IncomingMessage answer =
          asker
              .ask(
                  OutgoingMessage.text("topic:rpc", "who", "?"),
                  RequestOptions.within(Duration.ofSeconds(PATIENCE_SECONDS)))
              .response()
              .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(answer.text()).isIn("rpc-a", "rpc-b");
    }
  }

  @Test
  void statusAndMetricsTellOfTopics() throws Exception {
    Received received = new Received();
    ClientOptions subscriber = site.enrol("count-s");
    GatewayAccess node = site.nodeOf(subscriber);
    try (AegisClient client = AegisClient.connect(subscriber)) {
      int before = status(node).path("subscriptions").asInt();
      active(client.subscribe("count", received));
      assertThat(status(node).path("subscriptions").asInt()).isEqualTo(before + 1);
      publish(client, "count", "end");
      received.until("end");
      publish(client, "count.nobody", "x");
      await()
          .untilAsserted(() ->
              assertThat(node.admin("GET", "/metrics", null).body())
                  .contains("aegis_topics_published_total{guarantee=\"best-effort\"}")
                  .containsPattern("aegis_topics_unheard_total [1-9]")
                  .containsPattern("aegis_fanout_delivered_total\\{to=\"topic\"\\} [1-9]")
                  .contains("aegis_subscriptions_durable "));
    }
  }

  @Test
  void theRestApiPublishes() throws Exception {
    Received received = new Received();
    String key = site.apiKey("sender");
    try (AegisClient client = AegisClient.connect(site.enrol("rest-s"))) {
      active(client.subscribe("rest", ALL.withDurable(true), received));
      site.awaitSubscriptionsKnown();
      JsonNode reply =
          Json.parse(
              site.rest(
                      "POST",
                      "/api/v1/agents/topic:rest/send",
                      key,
                      Json.write(Map.of("type", "task", "content", "end")))
                  .body());
      assertThat(reply.path("recipients").asInt()).as(reply.toString()).isEqualTo(1);
      assertThat(received.queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
    }
  }

  private static JsonNode status(GatewayAccess of) throws Exception {
    return Json.parse(of.admin("GET", "/status", null).body());
  }

  private int pending(String agent) throws Exception {
    return Json.parse(
            site.rest("GET", "/api/v1/agents/" + agent + "/status", site.apiKey("viewer"), null)
                .body())
        .path("pending")
        .asInt();
  }

  private int rows(String agent) throws Exception {
    try (Connection connection = site.database();
        Statement query = connection.createStatement();
        ResultSet row =
            query.executeQuery(
                "SELECT count(*) FROM subscriptions WHERE agent_id = '" + agent + "'")) {
      row.next();
      return row.getInt(1);
    }
  }

  private static void active(Subscription subscription) throws Exception {
    subscription.active().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static void publish(AegisClient client, String topic, String text) {
    client.publish(topic, order(text));
  }

  private static void stored(AegisClient client, String topic, String text, Guarantee guarantee)
      throws Exception {
    client
        .publish(topic, order(text).withGuarantee(guarantee))
        .accepted()
        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
