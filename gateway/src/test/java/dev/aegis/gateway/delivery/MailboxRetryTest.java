package dev.aegis.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.delivery.Decision.Deliver;
import dev.aegis.gateway.delivery.Decision.Persist;
import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.gateway.delivery.Decision.SendReceipt;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What is not processed: failures, silence, expiry, and what they lead to.
final class MailboxRetryTest extends MailboxFixture {
  @Test
  void aFailureIsTriedAgainAfterAPauseThatGrows() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    mailbox.committed(commit(Priority.NORMAL), 0);
    mailbox.nacked(ModelStore.EPOCH, 1, ErrorCode.HANDLER_FAILED.wire(), 0, 0);
    Persist first = lastRecord();
    assertThat(first.what()).isEqualTo(RecordKind.RETRIED);
    assertThat(first.retryAtMillis()).isBetween(80L, 120L);
    assertThat(mailbox.wakeAtMillis()).isEqualTo(first.retryAtMillis());
    decisions.clear();

    mailbox.tick(first.retryAtMillis() - 1);
    assertThat(decisions).isEmpty();
    mailbox.tick(first.retryAtMillis());
    assertThat(decisions).containsExactly(new Decision.LoadOpen(List.of(1L)));
    OwedMessage again = failed(stored(1), 1);
    mailbox.openLoaded(List.of(again), 200);
    assertThat(decisions).contains(new Deliver(again));

    mailbox.nacked(ModelStore.EPOCH, 1, ErrorCode.HANDLER_FAILED.wire(), 0, 1_000);
    assertThat(lastRecord().retryAtMillis() - 1_000).isBetween(160L, 240L);
  }

  @Test
  void theLastFailureMakesADeadLetter() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    mailbox.committed(failed(commit(Priority.NORMAL), 2), 0);
    mailbox.nacked(ModelStore.EPOCH, 1, ErrorCode.HANDLER_FAILED.wire(), 0, 0);
    Persist record = lastRecord();

    mailbox.recordCommitted(record.ticket(), 0);

    assertThat(record.what()).isEqualTo(RecordKind.DEAD);
    assertThat(decisions)
        .contains(
            new SendReceipt(
                "s", Stage.DEAD, ErrorCode.HANDLER_FAILED.wire(), List.of(new UUID(0, 1))),
            new Decision.Skip(SequenceRanges.of(1), ErrorCode.HANDLER_FAILED.wire()));
  }

  @Test
  void theRecipientsOwnPauseIsKeptUpToTheLongest() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    mailbox.committed(commit(Priority.NORMAL), 0);
    mailbox.committed(commit(Priority.NORMAL), 0);
    mailbox.nacked(ModelStore.EPOCH, 1, ErrorCode.OVERLOADED.wire(), 900, 7);
    assertThat(lastRecord().retryAtMillis()).isEqualTo(907);
    mailbox.nacked(ModelStore.EPOCH, 2, ErrorCode.OVERLOADED.wire(), 60_000, 7);
    assertThat(lastRecord().retryAtMillis()).isEqualTo(1_007);
  }

  @Test
  void silenceIsAFailureUnlessTheRecipientSaysItIsAtWork() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    mailbox.committed(commit(Priority.NORMAL), 0);
    mailbox.committed(commit(Priority.NORMAL), 0);
    assertThat(mailbox.wakeAtMillis()).isEqualTo(5_000);
    mailbox.acked(Stage.DELIVERED, ModelStore.EPOCH, SequenceRanges.of(2), 4_000);

    mailbox.tick(5_000);

    Persist record = lastRecord();
    assertThat(record.what()).isEqualTo(RecordKind.RETRIED);
    assertThat(record.code()).isEqualTo(ErrorCode.TIMEOUT.wire());
    assertThat(record.sequences()).isEqualTo(SequenceRanges.of(1));
    assertThat(mailbox.unacknowledged()).isEqualTo(1);
  }

  @Test
  void anAckThatComesAfterTheTimeoutStillCounts() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    mailbox.committed(commit(Priority.NORMAL), 0);
    mailbox.tick(5_000);
    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1), 5_001);

    assertThat(lastRecord().what()).isEqualTo(RecordKind.PROCESSED);
    assertThat(mailbox.delayed()).isZero();
  }

  @Test
  void aSuspectGoesAloneAndIsGivenUpWhenItEndsTheSessionAgain() {
    OwedMessage suspect = lost(commit(Priority.NORMAL), 3);
    OwedMessage other = commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 3, false, 0, 0, 0);
    mailbox.pageLoaded(List.of(suspect, other), 0);
    assertThat(decisions.stream().filter(Deliver.class::isInstance))
        .containsExactly(new Deliver(suspect));

    mailbox.disconnected();

    assertThat(lastRecord())
        .isEqualTo(
            new Persist(1, RecordKind.DEAD, SequenceRanges.of(1), ErrorCode.POISON.wire(), 0));
  }

  @Test
  void whatExpiresWhileItWaitsForItsRetryIsNotDelivered() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage message = store.commit("s", Priority.NORMAL, 1, 50);
    mailbox.committed(message, 0);
    mailbox.nacked(ModelStore.EPOCH, 1, ErrorCode.HANDLER_FAILED.wire(), 0, 0);
    assertThat(mailbox.wakeAtMillis()).isEqualTo(50);
    mailbox.tick(50);
    mailbox.openLoaded(List.of(failed(message, 1)), 50);

    assertThat(lastRecord().what()).isEqualTo(RecordKind.EXPIRED);
  }

  @Test
  void theSweeperEndsWhatIsNotOnItsWay() {
    OwedMessage late = store.commit("s", Priority.NORMAL, 1, 10);
    mailbox.connected(ModelStore.EPOCH, 2, true, 0, 0, 0);
    mailbox.expired(late, 11);
    assertThat(lastRecord().what()).isEqualTo(RecordKind.EXPIRED);

    OwedMessage onItsWay = store.commit("s", Priority.NORMAL, 1, 100);
    mailbox.committed(onItsWay, 12);
    decisions.clear();
    mailbox.expired(onItsWay, 101);
    assertThat(decisions).isEmpty();
  }

  @Test
  void aRequestIsNotTriedAgainUnlessItSaysSo() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    mailbox.committed(request(Map.of()), 0);
    mailbox.nacked(ModelStore.EPOCH, 1, ErrorCode.HANDLER_FAILED.wire(), 0, 0);
    assertThat(lastRecord().what()).isEqualTo(RecordKind.FAILED);

    mailbox.committed(request(Map.of("retry_policy", "exponential_backoff")), 0);
    mailbox.nacked(ModelStore.EPOCH, 2, ErrorCode.HANDLER_FAILED.wire(), 0, 0);
    assertThat(lastRecord().what()).isEqualTo(RecordKind.RETRIED);
  }

  @Test
  void metadataDecidesOverRetriesAndTimeout() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    mailbox.committed(
        request(Map.of("retry_policy", "exponential_backoff", "max_retries", "1", "timeout", "2")),
        0);
    assertThat(mailbox.wakeAtMillis()).isEqualTo(2_000);
    mailbox.tick(2_000);
    assertThat(lastRecord().what()).isEqualTo(RecordKind.RETRIED);
    mailbox.tick(4_000);
    mailbox.openLoaded(List.of(failed(stored(1), 1)), 4_000);
    mailbox.tick(6_000);
    assertThat(lastRecord().what()).isEqualTo(RecordKind.DEAD);
  }

  private OwedMessage request(Map<String, String> metadata) {
    long sequence = store.commit("s", Priority.NORMAL, 1, 0).sequence();
    OwedMessage request =
        with(
            stored(sequence),
            1,
            0,
            EnvelopeCodec.encode(
                Message.builder(Kind.REQUEST, new UUID(0, sequence), "s", "r", "t")
                    .metadata(metadata)
                    .build()));
    store.open.put(sequence, request);
    return request;
  }

  private OwedMessage stored(long sequence) {
    return Objects.requireNonNull(store.open.get(sequence));
  }

  private static OwedMessage failed(OwedMessage message, int failures) {
    return with(message, failures + 1, failures, message.envelope());
  }

  private static OwedMessage lost(OwedMessage message, int losses) {
    return with(message, losses + 1, 0, message.envelope());
  }

  private static OwedMessage with(OwedMessage m, int attempt, int failures, byte[] envelope) {
    return new OwedMessage(
        m.id(),
        m.sender(),
        m.mailboxEpoch(),
        m.sequence(),
        m.priority(),
        attempt,
        failures,
        0,
        m.flags(),
        m.acceptedAtMillis(),
        m.expiresAtMillis(),
        envelope,
        m.guarantee());
  }
}
