package dev.aegis.client;

import static dev.aegis.client.ScriptedGateway.PATIENCE_SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// One request to many agents.
class GatheringTest {
  private static final List<String> AGENTS = List.of("bob", "carol", "dave");
  private static final RequestOptions LONG = RequestOptions.within(Duration.ofHours(1));
  private static final OutgoingMessage QUESTION =
      OutgoingMessage.text("anybody", "query", "?").withGuarantee(Guarantee.BEST_EFFORT);

  @AutoClose private final ScriptedGateway gateway = new ScriptedGateway();

  @Test
  void allWaitsForEveryOne() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      var result = pair.client().askAll(AGENTS, QUESTION, Gather.all(), LONG);
      Map<String, UUID> asked = asked(pair.session());
      assertThat(asked).containsOnlyKeys(AGENTS);
      answer(pair.session(), "carol", asked);
      answer(pair.session(), "bob", asked);
      pair.session().untilHeartbeat(1);
      assertThat(result).isNotDone();
      answer(pair.session(), "dave", asked);
      Gathered gathered = get(result);
      assertThat(gathered.complete()).isTrue();
      assertThat(gathered.replies().keySet()).containsExactly("carol", "bob", "dave");
      assertThat(gathered.replies().values())
          .extracting(IncomingMessage::text)
          .containsExactly("of carol", "of bob", "of dave");
      assertThat(gathered.failures()).isEmpty();
    }
  }

  @Test
  void theFirstAnswerCancelsTheOthers() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      var result = pair.client().askAll(AGENTS, QUESTION, Gather.first(), LONG);
      Map<String, UUID> asked = asked(pair.session());
      answer(pair.session(), "dave", asked);
      Gathered gathered = get(result);
      assertThat(gathered.complete()).isTrue();
      assertThat(gathered.replies()).containsOnlyKeys("dave");
      assertThat(gathered.failures()).isEmpty();
      List<Control.Cancel> cancels =
          List.of(
              pair.session().expect(Control.Cancel.class),
              pair.session().expect(Control.Cancel.class));
      assertThat(cancels)
          .containsExactlyInAnyOrder(
              new Control.Cancel(id(asked, "bob"), "bob", "alice", "enough have answered"),
              new Control.Cancel(id(asked, "carol"), "carol", "alice", "enough have answered"));
    }
  }

  @Test
  void aQuorumStandsFailures() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      var result = pair.client().askAll(AGENTS, QUESTION, Gather.quorum(2), LONG);
      Map<String, UUID> asked = asked(pair.session());
      refuse(pair.session(), id(asked, "bob"));
      answer(pair.session(), "carol", asked);
      pair.session().untilHeartbeat(1);
      assertThat(result).isNotDone();
      answer(pair.session(), "dave", asked);
      Gathered gathered = get(result);
      assertThat(gathered.complete()).isTrue();
      assertThat(gathered.replies()).containsOnlyKeys("carol", "dave");
      assertThat(gathered.failures()).containsOnlyKeys("bob");
      assertThat(gathered.failures().get("bob")).isInstanceOf(RefusedException.class);
    }
  }

  @Test
  void givesWhatThereIsWhenTimeIsUp() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      var result =
          pair.client()
              .askAll(AGENTS, QUESTION, Gather.all(), RequestOptions.within(Duration.ofSeconds(3)));
      Map<String, UUID> asked = asked(pair.session());
      answer(pair.session(), "carol", asked);
      Gathered gathered = get(result);
      assertThat(gathered.complete()).isFalse();
      assertThat(gathered.replies()).containsOnlyKeys("carol");
      assertThat(gathered.failures()).containsOnlyKeys("bob", "dave");
      assertThat(gathered.failures().values()).allMatch(RequestTimeoutException.class::isInstance);
    }
  }

  @Test
  void countsAgentsThatCouldNotEvenBeAsked() throws Exception {
    ClientOptions narrow = gateway.options("alice").withQueue(2, 1 << 20);
    try (var pair = gateway.connect(narrow)) {
      var result = pair.client().askAll(AGENTS, QUESTION, Gather.all(), LONG);
      Map<String, UUID> asked =
          pair.session().messages(2).stream().collect(Collectors.toMap(Message::to, Message::id));
      asked.keySet().forEach(agent -> answer(pair.session(), agent, asked));
      Gathered gathered = get(result);
      assertThat(gathered.complete()).isFalse();
      assertThat(gathered.failures().get("dave")).isInstanceOf(QueueFullException.class);
    }
  }

  @Test
  void cancellingTheResultCancelsTheRequests() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      var result = pair.client().askAll(AGENTS, QUESTION, Gather.all(), LONG);
      asked(pair.session());
      result.cancel(false);
      for (int i = 0; i < AGENTS.size(); i++) {
        assertThat(pair.session().expect(Control.Cancel.class).reason()).isEqualTo("cancelled");
      }
    }
  }

  @Test
  void tellsAllOfTheEndOfTheClient() throws Exception {
    CompletableFuture<Gathered> result;
    try (var pair = gateway.connect(gateway.options("alice").withReconnect(false))) {
      result = pair.client().askAll(AGENTS, QUESTION, Gather.first(), LONG);
      asked(pair.session());
    }
    Gathered gathered = get(result);
    assertThat(gathered.complete()).isFalse();
    assertThat(gathered.failures()).containsOnlyKeys(AGENTS);
  }

  @Test
  void refusesWhatCannotBe() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"))) {
      AegisClient client = pair.client();
      assertThatThrownBy(() -> client.askAll(List.of(), QUESTION, Gather.all(), LONG))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(
              () -> client.askAll(List.of("bob", "bob"), QUESTION, Gather.quorum(2), LONG))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> Gather.quorum(0)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static Map<String, UUID> asked(ScriptedSession session) throws InterruptedException {
    return session.messages(AGENTS.size()).stream()
        .collect(Collectors.toMap(Message::to, Message::id));
  }

  private static UUID id(Map<String, UUID> asked, String agent) {
    return Objects.requireNonNull(asked.get(agent));
  }

  private static void answer(ScriptedSession session, String agent, Map<String, UUID> asked) {
    Message.Builder response =
        Message.builder(Kind.RESPONSE, UUID.randomUUID(), agent, "alice", "query")
            .guarantee(Guarantee.BEST_EFFORT)
            .correlation(id(asked, agent))
            .payload(("of " + agent).getBytes(StandardCharsets.UTF_8));
    session.deliver(0, response.build());
  }

  private static void refuse(ScriptedSession session, UUID request) {
    session.send(
        new Control.Refusal(
            ErrorCode.RECIPIENT_OFFLINE.wire(), request, "", 1, Kind.REQUEST.wire()));
  }

  private static Gathered get(CompletableFuture<Gathered> result) throws Exception {
    return result.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
