package dev.aegis.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.delivery.Decision.Deliver;
import dev.aegis.gateway.delivery.Decision.LoadPage;
import dev.aegis.gateway.delivery.Decision.Persist;
import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Messages that are to be another agent's.
final class MailboxMoveTest extends MailboxFixture {
  @Test
  void whatWaitsForItsNextAttemptMovesOnAndTheAgentLearnsThatItWillNotCome() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage message = commit(Priority.NORMAL);
    mailbox.committed(message, 0);
    mailbox.nacked(ModelStore.EPOCH, 1, ErrorCode.OVERLOADED.wire(), 0, 0);
    decisions.clear();

    mailbox.moveOn(message, "other", 1);

    Persist record = lastRecord();
    assertThat(record.what()).isEqualTo(RecordKind.MOVED);
    assertThat(record.target()).isEqualTo("other");
    assertThat(record.sequences()).isEqualTo(SequenceRanges.of(1));
    mailbox.recordCommitted(record.ticket(), 2);
    assertThat(decisions)
        .containsExactly(
            record, new Decision.Skip(SequenceRanges.of(1), ErrorCode.MOVED_ON.wire()));
    mailbox.tick(10_000);
    assertThat(decisions).as("it is not tried here again").hasSize(2);
  }

  @Test
  void whatIsOnItsWayStaysAndSoDoesWhatIsFinished() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage first = commit(Priority.NORMAL);
    OwedMessage second = commit(Priority.NORMAL);
    mailbox.committed(first, 0);
    mailbox.committed(second, 0);
    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(2), 0);
    decisions.clear();

    mailbox.moveOn(first, "other", 1);
    mailbox.moveOn(second, "other", 1);

    assertThat(decisions).isEmpty();
    assertThat(mailbox.unacknowledged()).isEqualTo(1);
  }

  @Test
  void whereItsRecordIsRefusedTheMessageStaysAndIsReadAgain() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage message = commit(Priority.NORMAL);
    mailbox.committed(message, 0);
    mailbox.nacked(ModelStore.EPOCH, 1, ErrorCode.OVERLOADED.wire(), 0, 0);
    mailbox.moveOn(message, "other", 1);
    Persist record = lastRecord();
    mailbox.recordRefused(record.ticket(), 1);
    decisions.clear();

    mailbox.tick(5_000);

    assertThat(decisions).containsExactly(new Decision.LoadOpen(List.of(1L)));
    mailbox.openLoaded(List.of(message), 5_001);
    assertThat(decisions).last().isEqualTo(new Deliver(message));
  }

  /// What arrives of it later would be delivered else.
  @Test
  void whatIsAboutToBeAnnouncedStays() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage message = commit(Priority.NORMAL);
    assertThat(mailbox.moveOn(message, "other", 1)).isFalse();
    assertThat(decisions).isEmpty();
    mailbox.committed(message, 2);
    assertThat(decisions).containsExactly(new Deliver(message));
  }

  @Test
  void whatMovedOnBeforeItWasAnnouncedIsNotDelivered() {
    OwedMessage first = commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 2, false, 0, 0, 0);
    OwedMessage message = commit(Priority.NORMAL);
    assertThat(mailbox.moveOn(message, "other", 1)).isTrue();
    Persist record = lastRecord();
    store.finish(record.sequences());
    mailbox.recordCommitted(record.ticket(), 2);
    loadPage();
    assertThat(mailbox.state()).isEqualTo(Mailbox.State.LIVE);

    mailbox.committed(message, 3);
    OwedMessage next = commit(Priority.NORMAL);
    mailbox.committed(next, 4);

    assertThat(decisions.stream().filter(Deliver.class::isInstance))
        .containsExactly(new Deliver(first), new Deliver(next));
  }

  /// The journal decides on it while the session begins.
  @Test
  void whatIsAboutToLeaveAtTheLoginIsKeptBackAndThenGone() {
    OwedMessage message = commit(Priority.NORMAL);
    OwedMessage next = commit(Priority.NORMAL);
    mailbox.leaving(List.of(1L));
    mailbox.connected(ModelStore.EPOCH, 3, false, 0, 0, 0);
    loadPage();
    assertThat(decisions).last().isEqualTo(new Deliver(next));
    mailbox.expired(message, 1);
    assertThat(mailbox.moveOn(message, "third", 1)).isFalse();
    decisions.clear();

    store.finish(SequenceRanges.of(1));
    mailbox.departed(1, 2);
    assertThat(decisions).containsExactly(new Decision.LoadOpen(List.of(1L)));
    mailbox.openLoaded(List.of(), 3);
    assertThat(decisions)
        .last()
        .isEqualTo(new Decision.Skip(SequenceRanges.of(1), ErrorCode.MOVED_ON.wire()));
  }

  @Test
  void whatWasAboutToLeaveAtTheLoginAndStaysIsDelivered() {
    OwedMessage message = commit(Priority.NORMAL);
    mailbox.leaving(List.of(1L));
    mailbox.connected(ModelStore.EPOCH, 2, false, 0, 0, 0);
    LoadPage page = (LoadPage) decisions.getFirst();
    List<OwedMessage> old = store.page(page);
    mailbox.departed(1, 1); // before the page comes that was read before it
    mailbox.pageLoaded(old, 2);
    assertThat(decisions).last().isEqualTo(new Decision.LoadOpen(List.of(1L)));
    mailbox.openLoaded(List.of(message), 3);
    assertThat(decisions).last().isEqualTo(new Deliver(message));
  }

  @Test
  void whatTheAgentHasFinishedWhileItIsKeptBackIsFinished() {
    commit(Priority.NORMAL);
    mailbox.leaving(List.of(1L));
    mailbox.connected(ModelStore.EPOCH, 2, false, 0, 0, 0);
    loadPage();
    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1), 1);
    assertThat(lastRecord().what()).isEqualTo(RecordKind.PROCESSED);
    decisions.clear();
    mailbox.departed(1, 2);
    assertThat(decisions).isEmpty();
  }

  /// The page that shows it was read before the move was on disk, and comes when it is.
  @Test
  void aPageThatIsOlderThanTheMoveDeliversNothing() {
    OwedMessage message = commit(Priority.NORMAL);
    OwedMessage next = commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 3, false, 0, 0, 0);
    LoadPage page = (LoadPage) decisions.getFirst();
    List<OwedMessage> old = store.page(page);
    mailbox.moveOn(message, "other", 1);
    Persist record = lastRecord();
    assertThat(record.what()).isEqualTo(RecordKind.MOVED);
    store.finish(record.sequences());
    mailbox.recordCommitted(record.ticket(), 2);

    mailbox.pageLoaded(old, 3);

    assertThat(decisions.stream().filter(Deliver.class::isInstance))
        .containsExactly(new Deliver(next));
  }

  @Test
  void nothingMovesOutOfAMailboxWhoseSessionHasEnded() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage message = commit(Priority.NORMAL);
    mailbox.disconnected();
    decisions.clear();
    mailbox.moveOn(message, "other", 1);
    assertThat(decisions).isEmpty();
  }
}
