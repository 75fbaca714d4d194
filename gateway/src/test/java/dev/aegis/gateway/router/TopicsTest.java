package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Best-effort messages to topics, and messages of other nodes and of the API.
class TopicsTest extends TopicLines {
  @Test
  void aMessageReachesWhoeverIsSubscribedAsItWasWritten() throws Exception {
    AgentLine alice = open("alice");
    AgentLine bob = subscribed("bob", "task.*");
    AgentLine carol = subscribed("carol", "task.created");
    AgentLine dave = subscribed("dave", "other.>");
    Message message = event("alice", "task.created").build();

    alice.send(message);

    for (AgentLine line : List.of(bob, carol)) {
      Control.Delivery delivery = (Control.Delivery) received(line).getFirst();
      assertThat(delivery.sequence()).isZero();
      assertThat(delivery.bytes()).isEqualTo(EnvelopeCodec.encode(message));
    }
    assertThat(received(dave)).isEmpty();
    assertThat(received(alice)).isEmpty();
    assertThat(counters.topics().live().delivered()).isEqualTo(2);
  }

  @Test
  void aPublisherThatIsSubscribedGetsItsOwn() throws Exception {
    AgentLine alice = subscribed("alice", ">");

    alice.send(event("alice", "a").build());

    assertThat(received(alice)).singleElement().isInstanceOf(Control.Delivery.class);
  }

  @Test
  void anAgentGetsAMessageOnceHoweverManySubscriptionsFit() throws Exception {
    AgentLine alice = open("alice");
    AgentLine bob = subscribed("bob", "a.*");
    bob.send(subscribe(new UUID(0, 9), ">", null, false));
    received(bob);

    alice.send(event("alice", "a.b").build());

    assertThat(received(bob)).hasSize(1);
  }

  @Test
  void organizationsHaveTheirOwnTopics() throws Exception {
    AgentLine alice = open("alice");
    AgentLine eve = line("eve", "elsewhere");
    eve.send(subscribe(new UUID(0, 1), ">", null, false));
    received(eve);

    alice.send(event("alice", "a").build());

    assertThat(received(eve)).isEmpty();
    assertThat(received(alice)).isEmpty();
  }

  @Test
  void filtersDecideWithoutThePayload() throws Exception {
    AgentLine alice = open("alice");
    AgentLine bob = open("bob");
    bob.send(
        new Control.Subscribe(
            new UUID(0, 1),
            ">",
            Map.of("type", "task", "priority", "high,critical", "meta.region", "eu"),
            null,
            false));
    received(bob);

    Message.Builder fits =
        event("alice", "a").priority(Priority.HIGH).metadata(Map.of("region", "eu"));
    alice.send(fits.build());
    assertThat(received(bob)).hasSize(1);
    alice.send(fits.metadata(Map.of("region", "us")).build());
    alice.send(fits.metadata(Map.of("region", "eu")).priority(Priority.LOW).build());
    assertThat(received(bob)).isEmpty();
  }

  @Test
  void oneOfAQueueGroupGetsIt() throws Exception {
    AgentLine alice = open("alice");
    List<AgentLine> workers = new ArrayList<>();
    for (String name : List.of("w1", "w2", "w3")) {
      AgentLine worker = open(name);
      worker.send(subscribe(new UUID(0, 1), "job.*", "workers", false));
      received(worker);
      workers.add(worker);
    }
    for (int i = 0; i < 60; i++) {
      alice.send(event("alice", "job.x").build());
    }
    int total = 0;
    for (AgentLine worker : workers) {
      int some = received(worker).size();
      assertThat(some).isPositive();
      total += some;
    }
    assertThat(total).isEqualTo(60);
  }

  @Test
  void whatWasPublishedElsewhereReachesTheAgentsConnectedHere() throws Exception {
    AgentLine bob = subscribed("bob", ">");
    durable("carol");
    AgentLine worker = open("worker");
    worker.send(subscribe(new UUID(0, 1), ">", "workers", false));
    received(worker);
    byte[] envelope = EnvelopeCodec.encode(durableEvent());

    router.publishedElsewhere("org", envelope, Set.of(), false);
    assertThat(received(bob)).hasSize(1);
    assertThat(received(worker)).isEmpty();
    router.publishedElsewhere("org", envelope, Set.of("workers"), false);
    assertThat(received(worker)).hasSize(1);
    assertThat(received(bob)).hasSize(1);
    router.publishedElsewhere("org", envelope, Set.of("workers"), true);
    assertThat(received(worker)).hasSize(1);
    assertThat(received(bob)).as("has had it").isEmpty();
    assertThat(journal.offered).isEmpty();
  }

  @Test
  void theApiPublishesToo() throws Exception {
    AgentLine bob = subscribed("bob", ">");
    durable("carol");
    Principal service = new Principal("svc", "org");
    var sent = router.submit(service, event("svc", "a").build()).toCompletableFuture();
    assertThat(sent).isCompletedWithValue(new SubmitResult.Sent(2));
    assertThat(received(bob)).hasSize(1);

    var stored =
        router
            .submit(service, event("svc", "a").guarantee(Guarantee.AT_LEAST_ONCE).build())
            .toCompletableFuture();
    assertThat(stored).isNotDone();
    commit(accepts().getFirst());
    assertThat(stored).isCompletedWithValue(new SubmitResult.Published(1, false));
  }
}
