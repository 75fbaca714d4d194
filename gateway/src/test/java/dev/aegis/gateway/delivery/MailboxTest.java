package dev.aegis.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.delivery.Decision.Confirm;
import dev.aegis.gateway.delivery.Decision.Deliver;
import dev.aegis.gateway.delivery.Decision.LoadPage;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MailboxTest {
  private static final MailboxBounds BOUNDS = new MailboxBounds(4, 1_000, 8, 1_000, 500);
  private static final RetrySettings RETRIES = new RetrySettings(2, 5_000, 100, 1_000, 2, 4);

  private final ModelStore store = new ModelStore();
  private final List<Decision> decisions = new ArrayList<>();
  private final Mailbox mailbox =
      new Mailbox(
          BOUNDS,
          RETRIES,
          new HeldBytes(0), // what does not fit is read again
          new SplittableRandom(1),
          decisions::add,
          (_, _, _, _) -> {});

  @Test
  void emptyMailboxIsLiveWithoutReading() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);

    assertThat(decisions).isEmpty();
    assertThat(mailbox.state()).isEqualTo(Mailbox.State.LIVE);
  }

  @Test
  void liveMessageIsDeliveredAtOnce() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage message = commit(Priority.NORMAL);

    mailbox.committed(message, 0);

    assertThat(decisions).containsExactly(new Deliver(message));
  }

  @Test
  void urgentMessageOvertakesBacklogOfLowerClass() {
    commit(Priority.LOW);
    mailbox.connected(ModelStore.EPOCH, 2, false, 0, 0, 0);
    loadPage();
    for (int i = 0; i < 3; i++) {
      mailbox.committed(commit(Priority.LOW), 0);
    }
    mailbox.committed(commit(Priority.LOW), 0);
    assertThat(mailbox.state()).isEqualTo(Mailbox.State.CATCHING_UP);
    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1), 0);
    decisions.clear();

    OwedMessage urgent = commit(Priority.CRITICAL);
    mailbox.committed(urgent, 0);

    assertThat(decisions).contains(new Deliver(urgent));
  }

  @Test
  void receiptsAndConfirmFollowTheCommit() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage message = commit(Priority.NORMAL);
    mailbox.committed(message, 0);
    decisions.clear();

    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1), 0);
    Persist record = (Persist) decisions.getFirst();
    assertThat(decisions).hasSize(1);
    assertThat(record.what()).isEqualTo(RecordKind.PROCESSED);
    decisions.clear();
    mailbox.recordCommitted(record.ticket(), 0);

    assertThat(decisions)
        .containsExactly(
            new SendReceipt("s", Stage.DELIVERED, 0, List.of(message.id())),
            new SendReceipt("s", Stage.PROCESSED, 0, List.of(message.id())),
            new Confirm(Stage.PROCESSED, SequenceRanges.of(1)));
  }

  @Test
  void deliveredReceiptIsSentOnlyOnce() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage message = commit(Priority.NORMAL);
    mailbox.committed(message, 0);
    mailbox.acked(Stage.DELIVERED, ModelStore.EPOCH, SequenceRanges.of(1), 0);
    mailbox.acked(Stage.DELIVERED, ModelStore.EPOCH, SequenceRanges.of(1), 0);
    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1), 0);

    commitRecords();

    assertThat(decisions.stream().filter(SendReceipt.class::isInstance))
        .containsExactly(
            new SendReceipt("s", Stage.DELIVERED, 0, List.of(message.id())),
            new SendReceipt("s", Stage.PROCESSED, 0, List.of(message.id())));
  }

  @Test
  void nackFailsTheMessageWithItsCode() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage message = commit(Priority.NORMAL);
    mailbox.committed(message, 0);
    mailbox.nacked(ModelStore.EPOCH, 1, ErrorCode.NO_HANDLER.wire(), 0, 0);

    commitRecords();

    assertThat(decisions)
        .contains(
            new SendReceipt("s", Stage.FAILED, ErrorCode.NO_HANDLER.wire(), List.of(message.id())));
    assertThat(mailbox.unacknowledged()).isZero();
  }

  @Test
  void expiredMessageIsRecordedInsteadOfDelivered() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage message = store.commit("s", Priority.NORMAL, 1, 10);
    mailbox.committed(message, 10);

    commitRecords();

    assertThat(decisions).noneMatch(Deliver.class::isInstance);
    assertThat(decisions)
        .contains(
            new SendReceipt("s", Stage.EXPIRED, ErrorCode.EXPIRED.wire(), List.of(message.id())));
  }

  @Test
  void whatIsBelowTheCursorIsFinishedNotDelivered() {
    OwedMessage finished = commit(Priority.NORMAL);
    OwedMessage fresh = commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 3, false, ModelStore.EPOCH, 1, 0);

    loadPage();
    commitRecords();

    assertThat(decisions.stream().filter(Deliver.class::isInstance))
        .containsExactly(new Deliver(fresh));
    assertThat(decisions)
        .contains(new SendReceipt("s", Stage.PROCESSED, 0, List.of(finished.id())))
        .contains(new Confirm(Stage.PROCESSED, SequenceRanges.of(1)));
  }

  @Test
  void cursorOfAnotherEpochMeansNothing() {
    OwedMessage message = commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 2, false, ModelStore.EPOCH - 1, 1, 0);

    loadPage();

    assertThat(decisions).contains(new Deliver(message));
  }

  @Test
  void repeatedAckOfFinishedSequenceIsConfirmedAgain() {
    mailbox.connected(ModelStore.EPOCH, 5, true, 0, 0, 0);

    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(2, 3), 0);

    assertThat(decisions).containsExactly(new Confirm(Stage.PROCESSED, SequenceRanges.of(2, 3)));
  }

  @Test
  void claimedSequenceThatIsStillOpenIsConfirmedOnlyWhenOnDisk() {
    commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 2, false, 0, 0, 0);
    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1), 0);
    assertThat(decisions).noneMatch(Confirm.class::isInstance);

    loadPage();
    assertThat(decisions).noneMatch(Confirm.class::isInstance);
    commitRecords();

    assertThat(decisions).contains(new Confirm(Stage.PROCESSED, SequenceRanges.of(1)));
    assertThat(decisions).noneMatch(Deliver.class::isInstance);
  }

  @Test
  void failedPageIsReadAgainAfterThePause() {
    commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 2, false, 0, 0, 0);
    mailbox.pageFailed(0);
    decisions.clear();

    mailbox.tick(499);
    assertThat(decisions).isEmpty();
    mailbox.tick(500);

    assertThat(decisions).hasSize(1).first().isInstanceOf(LoadPage.class);
  }

  @Test
  void refusedRecordIsTriedAgainAfterThePause() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    mailbox.committed(commit(Priority.NORMAL), 0);
    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1), 0);
    Persist record = (Persist) decisions.getLast();
    mailbox.recordRefused(record.ticket(), 0);
    decisions.clear();

    mailbox.tick(500);

    assertThat(decisions).containsExactly(record);
  }

  @Test
  void unacknowledgedReturnWhenTheSessionEnds() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    mailbox.committed(commit(Priority.NORMAL), 0);
    mailbox.committed(commit(Priority.HIGH), 0);
    decisions.clear();

    mailbox.disconnected();

    assertThat(decisions)
        .containsExactly(new Persist(1, RecordKind.RETURNED, SequenceRanges.of(1, 2), 0, 0));
    assertThat(mailbox.state()).isEqualTo(Mailbox.State.CLOSED);
  }

  @Test
  void fullWindowStopsDeliveryAndAnAckResumesIt() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    for (int i = 0; i < 6; i++) {
      mailbox.committed(commit(Priority.NORMAL), 0);
    }
    assertThat(decisions).hasSize(4);
    decisions.clear();

    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1, 2, 3), 0);
    commitRecords();
    loadPage();

    assertThat(decisions.stream().filter(Deliver.class::isInstance)).hasSize(2);
  }

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
    assertThat(decisions).containsExactly(new Decision.LoadRetries(List.of(1L)));
    OwedMessage again = failed(stored(1), 1);
    mailbox.retriesLoaded(List.of(again), 200);
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
    mailbox.retriesLoaded(List.of(failed(message, 1)), 50);

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
    mailbox.retriesLoaded(List.of(failed(stored(1), 1)), 4_000);
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

  private Persist lastRecord() {
    return decisions.stream()
        .filter(Persist.class::isInstance)
        .map(Persist.class::cast)
        .reduce((first, last) -> last)
        .orElseThrow();
  }

  private OwedMessage commit(Priority priority) {
    return store.commit("s", priority, 1, 0);
  }

  private void loadPage() {
    LoadPage page =
        decisions.stream()
            .filter(LoadPage.class::isInstance)
            .map(LoadPage.class::cast)
            .reduce((first, last) -> last)
            .orElseThrow();
    mailbox.pageLoaded(store.page(page), 0);
  }

  private void commitRecords() {
    for (Decision decision : List.copyOf(decisions)) {
      if (decision instanceof Persist record) {
        store.finish(record.sequences());
        mailbox.recordCommitted(record.ticket(), 0);
      }
    }
  }
}
