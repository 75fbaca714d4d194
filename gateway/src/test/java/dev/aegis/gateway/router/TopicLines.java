package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.admission.RateLimiter;
import dev.aegis.gateway.admission.Rates;
import dev.aegis.gateway.dispatch.Dispatchers;
import dev.aegis.gateway.dispatch.LaneBounds;
import dev.aegis.gateway.topics.TopicFabric;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Stage;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Accept;
import dev.aegis.store.Agent;
import dev.aegis.store.Outcome;
import dev.aegis.store.Placed;
import dev.aegis.store.TrailQueue;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/// A router with topics, and agents that are connected to it.
abstract class TopicLines {
  static final int PER_AGENT = 3;
  static final int ALL = 5;

  final FakeJournal journal = new FakeJournal();
  final FakeSubscriptions store = new FakeSubscriptions();
  final GatewayCounters counters = new GatewayCounters((_, _, _, _, _) -> {});
  final JournalReports reports =
      new JournalReports(
          new Dispatchers(LaneBounds.defaults()), counters, () -> Instant.ofEpochMilli(this.now));
  final List<AgentLine> lines = new ArrayList<>();
  final List<String> revoked = new ArrayList<>();
  @Nullable TrailQueue trail;
  OtherNodes others = OtherNodes.NONE;
  Router router = router();
  long now = 1_000;
  long epoch;

  Router router() {
    RouterSettings defaults = RouterSettings.defaults("test");
    return new Router(
        new RouterSettings(
            defaults.limits(),
            defaults.mailbox(),
            new TopicBounds(PER_AGENT, ALL),
            defaults.retries(),
            defaults.heldBytes(),
            defaults.creditMessages(),
            defaults.creditBytes(),
            defaults.mailboxMessages(),
            defaults.mailboxBytes(),
            defaults.retryMillis(),
            defaults.heartbeatMillis(),
            defaults.capabilities(),
            defaults.version()),
        reports,
        journal,
        new NoMessages(),
        id -> Optional.of(new Agent(id, "org", new byte[32], 1, revoked.contains(id) ? 1 : 0)),
        (_, _, _, _, _) -> {},
        trail,
        new RateLimiter(Rates.defaults(), 100),
        new Uuid7(() -> Instant.ofEpochMilli(now), new SecureRandom()),
        Runnable::run,
        store,
        others,
        TopicFabric.NONE,
        () -> Instant.ofEpochMilli(now),
        () -> now * 1_000_000);
  }

  @AfterEach
  void release() {
    lines.forEach(line -> line.channel.finishAndReleaseAll());
  }

  Control.Receipt confirmed(UUID id, int level) {
    return new Control.Receipt(Stage.STORED, 0, List.of(id), null, level, now);
  }

  void commit(Accept accept) {
    commit(accept, Outcome.STORED);
  }

  void commit(Accept accept, Outcome outcome) {
    reports.committed(List.of(Placed.at(accept, outcome, 1)));
  }

  List<Accept> accepts() {
    return journal.offered.stream()
        .filter(Accept.class::isInstance)
        .map(Accept.class::cast)
        .toList();
  }

  void assertRefused(AgentLine line, ErrorCode code) throws Exception {
    assertThat(received(line))
        .singleElement()
        .isInstanceOfSatisfying(
            Control.Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(code.wire()));
  }

  static Message.Builder event(String from, String topic) {
    return Message.builder(Kind.EVENT, UUID.randomUUID(), from, "topic:" + topic, "task")
        .guarantee(Guarantee.BEST_EFFORT)
        .payload(new byte[8]);
  }

  static Message durableEvent() {
    return event("alice", "a.b")
        .guarantee(Guarantee.AT_LEAST_ONCE)
        .flags(Message.RECEIPT_STORED)
        .build();
  }

  static Control.Subscribe subscribe(
      UUID id, String pattern, @Nullable String group, boolean durable) {
    return new Control.Subscribe(id, pattern, Map.of(), group, durable);
  }

  AgentLine subscribed(String agent, String pattern) throws Exception {
    AgentLine line = open(agent);
    line.send(subscribe(new UUID(0, 1), pattern, null, false));
    assertThat(received(line)).singleElement().isInstanceOf(Control.Receipt.class);
    return line;
  }

  /// An agent with a durable subscription to everything.
  void durable(String agent) throws Exception {
    AgentLine line = open(agent);
    line.send(subscribe(new UUID(0, 1), ">", null, true));
    assertThat(received(line)).singleElement().isInstanceOf(Control.Receipt.class);
  }

  AgentLine open(String agent) throws Exception {
    return line(agent, "org");
  }

  AgentLine line(String agent, String organization) throws Exception {
    return line(agent, organization, false);
  }

  AgentLine line(String agent, String organization, boolean signing) throws Exception {
    AgentLine line = new AgentLine(router, agent, organization, signing, ++epoch, now);
    lines.add(line);
    router.opened(line.session);
    received(line);
    return line;
  }

  /// Everything that has arrived but raised credit, once everyone's tasks have run.
  List<Envelope> received(AgentLine line) throws Exception {
    lines.forEach(each -> each.channel.runPendingTasks());
    return line.received().stream().filter(e -> !(e instanceof Control.Credit)).toList();
  }
}
