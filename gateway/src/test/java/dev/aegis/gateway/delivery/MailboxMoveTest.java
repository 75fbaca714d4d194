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
  void aRefusedRecordIsOfferedAgainAndNothingIsDeliveredMeanwhile() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    OwedMessage message = commit(Priority.NORMAL);
    mailbox.committed(message, 0);
    mailbox.nacked(ModelStore.EPOCH, 1, ErrorCode.OVERLOADED.wire(), 0, 0);
    mailbox.moveOn(message, "other", 1);
    Persist record = lastRecord();
    mailbox.recordRefused(record.ticket(), 1);
    decisions.clear();

    mailbox.tick(5_000);

    assertThat(decisions).containsExactly(record);
    mailbox.moveOn(message, "third", 5_001);
    assertThat(decisions).as("it goes to one only").containsExactly(record);
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
