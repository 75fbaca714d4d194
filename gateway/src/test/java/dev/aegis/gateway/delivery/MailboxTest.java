package dev.aegis.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.delivery.Decision.Confirm;
import dev.aegis.gateway.delivery.Decision.Deliver;
import dev.aegis.gateway.delivery.Decision.LoadPage;
import dev.aegis.gateway.delivery.Decision.Persist;
import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.gateway.delivery.Decision.SendReceipt;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MailboxTest extends MailboxFixture {
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
}
