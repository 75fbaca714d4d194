package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
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
import dev.aegis.protocol.Uuid7;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What becomes of messages that are not handled at once, wherever sender and recipient are
/// connected.
@OnEverySite
class DeliveryIT {
  private static final long PATIENCE_SECONDS = 30;

  private final Site site;

  DeliveryIT(Site site) {
    this.site = site;
  }

  @Test
  void aHandlerThatFailsIsCalledAgainUntilItSucceeds() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    ClientOptions recipient = site.enrol("dl-flaky");
    try (AegisClient sender = AegisClient.connect(site.enrol("dl-s1"));
        AegisClient _ =
            AegisClient.connect(
                recipient,
                c ->
                    c.on("task", m -> failUnless(calls.incrementAndGet() == m.attempt(), calls)))) {
      Sent sent = sender.send(OutgoingMessage.text("dl-flaky", "task", "x"));
      sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    assertThat(calls.get()).isEqualTo(3);
  }

  private static void failUnless(boolean attemptFits, AtomicInteger calls) {
    assertThat(attemptFits).isTrue();
    if (calls.get() < 3) {
      throw new IllegalStateException("not yet");
    }
  }

  @Test
  void aDeadLetterKeepsItsHistoryAndComesAgainWhenRedriven() throws Exception {
    AtomicBoolean broken = new AtomicBoolean(true);
    ClientOptions recipient = site.enrol("dl-broken");
    String admin = site.apiKey("admin");
    try (AegisClient sender = AegisClient.connect(site.enrol("dl-s2"));
        AegisClient _ =
            AegisClient.connect(
                recipient,
                c ->
                    c.on(
                        "task",
                        m -> {
                          if (broken.get()) {
                            throw new IllegalStateException("broken");
                          }
                        }))) {
      Sent sent =
          sender.send(
              OutgoingMessage.text("dl-broken", "task", "x")
                  .withMetadata(Map.of("max_retries", "1")));
      assertThatThrownBy(() -> sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.HANDLER_FAILED));

      JsonNode dead = awaitStatus(admin, sent.id(), "dead");
      assertThat(dead.path("failure_count").asInt()).isEqualTo(1);
      List<String> steps = new ArrayList<>();
      dead.path("history").forEach(step -> steps.add(step.path("status").asString()));
      assertThat(steps).containsSubsequence("pending", "pending", "dead");
      assertThat(deadLetters(admin, "dl-broken")).containsExactly(sent.id().toString());
      assertThat(redrive(site.apiKey("sender"), sent.id())).isEqualTo(403);
      assertThat(redrive(admin, UUID.randomUUID())).isEqualTo(404);

      broken.set(false);
      assertThat(redrive(admin, sent.id())).isEqualTo(202);
      awaitStatus(admin, sent.id(), "processed");
      assertThat(deadLetters(admin, "dl-broken")).isEmpty();
      assertThat(redrive(admin, sent.id())).isEqualTo(404);
    }
  }

  @Test
  void aDiscardedDeadLetterIsSettled() throws Exception {
    String admin = site.apiKey("admin");
    try (AegisClient sender = AegisClient.connect(site.enrol("dl-s3"));
        RawAgent recipient = site.raw("dl-raw3")) {
      Sent sent =
          sender.send(
              OutgoingMessage.text("dl-raw3", "task", "x")
                  .withMetadata(Map.of("max_retries", "0", "retry_policy", "linear")));
      nack(recipient, recipient.next(Control.Delivery.class));
      assertThatThrownBy(() -> sent.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .isNotNull();
      awaitStatus(admin, sent.id(), "failed");
      assertThat(
              site.rest("POST", "/api/v1/messages/" + sent.id() + "/discard", admin, "")
                  .statusCode())
          .isEqualTo(404);
    }
  }

  @Test
  void theSweeperTellsTheSenderAndTheRecipientLearnsOfTheGap() throws Exception {
    ClientOptions away = site.enrol("dl-away");
    try (RawAgent sender = site.raw("dl-s4")) {
      UUID first = UUID.randomUUID();
      UUID late = UUID.randomUUID();
      sender.sendSigned(
          EnvelopeCodec.encode(Message.builder(Kind.EVENT, first, "dl-s4", "dl-away", "t").build()),
          EnvelopeCodec.encode(
              Message.builder(Kind.EVENT, late, "dl-s4", "dl-away", "t").ttlMillis(1).build()));
      Control.Receipt receipt = sender.next(Control.Receipt.class);
      assertThat(receipt.stage()).isEqualTo(Stage.EXPIRED);
      assertThat(receipt.ids()).containsExactly(late);

      long epoch;
      try (RawAgent recipient = site.raw(away, 0, 0)) {
        Control.Delivery delivery = recipient.next(Control.Delivery.class);
        epoch = delivery.mailboxEpoch();
        assertThat(delivery.sequence()).isEqualTo(1);
        recipient.send(
            EnvelopeCodec.encode(new Control.Ack(Stage.PROCESSED, epoch, SequenceRanges.of(1))));
        assertThat(recipient.next(Control.Confirm.class).sequences())
            .isEqualTo(SequenceRanges.of(1));
      }
      try (RawAgent recipient = site.raw(away, epoch, 1)) {
        Control.Gap gap = recipient.next(Control.Gap.class);
        assertThat(gap)
            .isEqualTo(new Control.Gap(epoch, SequenceRanges.of(2), ErrorCode.EXPIRED.wire()));
      }
    }
  }

  @Test
  void cancelAndProgressReachTheOtherParty() throws Exception {
    try (RawAgent asker = site.raw("dl-asker");
        RawAgent worker = site.raw("dl-worker")) {
      UUID request = UUID.randomUUID();
      Control.Cancel cancel = new Control.Cancel(request, "dl-worker", "dl-asker", "not needed");
      asker.send(EnvelopeCodec.encode(cancel));
      assertThat(worker.next(Control.Cancel.class)).isEqualTo(cancel);
      Control.Progressing progress =
          new Control.Progressing(request, "dl-asker", "dl-worker", "half");
      worker.send(EnvelopeCodec.encode(progress));
      assertThat(asker.next(Control.Progressing.class)).isEqualTo(progress);
      worker.send(
          EnvelopeCodec.encode(new Control.Progressing(request, "dl-asker", "dl-asker", "forged")));
      assertThat(worker.next(Control.Refusal.class).code())
          .isEqualTo(ErrorCode.FROM_MISMATCH.wire());
    }
  }

  @Test
  void whatIsSentAgainUnderItsIdAfterARestartOfTheSenderIsHandledOnce() throws Exception {
    ClientOptions sender = site.enrol("dl-outbox");
    UUID id = new Uuid7(Clock.systemUTC(), new SecureRandom()).next();
    OutgoingMessage message =
        OutgoingMessage.text("dl-once", "task", "pay")
            .withGuarantee(Guarantee.EXACTLY_ONCE)
            .withMetadata(Map.of("a", "1", "b", "2"));
    List<UUID> handled = new CopyOnWriteArrayList<>();
    try (AegisClient _ =
        AegisClient.connect(
            site.enrol("dl-once"), c -> c.on("task", m -> handled.add(m.message().id())))) {
      for (int life = 0; life < 3; life++) {
        try (AegisClient client = AegisClient.connect(site.elsewhere(sender))) {
          client.send(id, message).accepted().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
      }
      try (AegisClient client = AegisClient.connect(site.elsewhere(sender))) {
        assertThatThrownBy(() ->
                client
                    .send(id, message.withMetadata(Map.of("a", "2")))
                    .accepted()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS))
            .cause()
            .isInstanceOfSatisfying(
                RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
        Sent last = client.send(OutgoingMessage.text("dl-once", "task", "last"));
        last.processed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(handled).containsExactly(id, last.id());
        assertThatThrownBy(() -> client.send(UUID.randomUUID(), message))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("version 7");
      }
    }
  }

  private static void nack(RawAgent recipient, Control.Delivery delivery) throws Exception {
    recipient.send(
        EnvelopeCodec.encode(
            new Control.Nack(
                delivery.mailboxEpoch(),
                delivery.sequence(),
                ErrorCode.HANDLER_FAILED.wire(),
                "no",
                0)));
  }

  /// Any node is asked; one that has not stored it may be a moment behind.
  private JsonNode awaitStatus(String key, UUID id, String status) {
    return await()
        .until(() -> message(key, id), shown -> shown.path("status").asString().equals(status));
  }

  private JsonNode message(String key, UUID id) throws Exception {
    return Json.parse(site.rest("GET", "/api/v1/messages/" + id, key, null).body());
  }

  private int redrive(String key, UUID id) throws Exception {
    return site.rest("POST", "/api/v1/messages/" + id + "/redrive", key, "").statusCode();
  }

  private List<String> deadLetters(String key, String recipient) throws Exception {
    List<String> ids = new ArrayList<>();
    Json.parse(site.rest("GET", "/api/v1/dead-letters?recipient=" + recipient, key, null).body())
        .path("dead_letters")
        .forEach(letter -> ids.add(letter.path("id").asString()));
    return ids;
  }
}
