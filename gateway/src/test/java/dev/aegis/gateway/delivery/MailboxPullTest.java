package dev.aegis.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.delivery.Decision.Confirm;
import dev.aegis.gateway.delivery.Decision.Deliver;
import dev.aegis.gateway.delivery.Decision.LoadOpen;
import dev.aegis.gateway.delivery.Decision.Persist;
import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A recipient that gets what it asks for.
final class MailboxPullTest extends MailboxFixture {
  @BeforeEach
  void pull() {
    mailbox.want(0, 0);
  }

  @Test
  void nothingComesUnasked() {
    commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 2, false, 0, 0, 0);
    mailbox.committed(commit(Priority.CRITICAL), 0);
    mailbox.tick(10_000);

    assertThat(decisions).isEmpty();
    assertThat(mailbox.unacknowledged()).isZero();
  }

  @Test
  void asManyComeAsWereAskedFor() {
    List<OwedMessage> stored =
        List.of(commit(Priority.NORMAL), commit(Priority.NORMAL), commit(Priority.NORMAL));
    mailbox.connected(ModelStore.EPOCH, 4, false, 0, 0, 0);

    mailbox.want(2, 0);
    loadPage();
    assertThat(delivered()).containsExactlyElementsOf(stored.subList(0, 2));

    decisions.clear();
    mailbox.want(2, 0);
    loadPage();
    assertThat(delivered()).containsExactly(stored.get(2));
  }

  @Test
  void whatIsAskedForComesOnceItIsCommitted() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    mailbox.want(1, 0);
    OwedMessage first = commit(Priority.NORMAL);
    OwedMessage second = commit(Priority.NORMAL);
    mailbox.committed(first, 0);
    mailbox.committed(second, 0);
    assertThat(delivered()).containsExactly(first);

    mailbox.want(1, 0);
    loadPage();
    assertThat(delivered()).containsExactly(first, second);
  }

  @Test
  void whatWasNotUsedIsForgotten() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
    mailbox.want(5, 0);
    mailbox.want(0, 0);
    mailbox.committed(commit(Priority.NORMAL), 0);

    assertThat(delivered()).isEmpty();
  }

  @Test
  void anotherAttemptWaitsToBeAskedFor() {
    OwedMessage message = commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 2, false, 0, 0, 0);
    mailbox.want(1, 0);
    loadPage();
    mailbox.nacked(ModelStore.EPOCH, 1, 0, 0, 0);
    decisions.clear();

    mailbox.tick(5_000);
    assertThat(decisions).isEmpty();
    mailbox.want(1, 5_000);
    assertThat(decisions).contains(new LoadOpen(List.of(1L)));
    mailbox.openLoaded(List.of(message), 5_000);
    assertThat(delivered()).containsExactly(message);
  }

  @Test
  void messagesThatWereNotSentCanBeFinished() {
    commit(Priority.NORMAL);
    OwedMessage seen = commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 3, false, 0, 0, 0);

    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(2), 0);
    assertThat(decisions).containsExactly(new LoadOpen(List.of(2L)));
    mailbox.openLoaded(List.of(seen), 0);
    assertThat(lastRecord().what()).isEqualTo(RecordKind.PROCESSED);
    assertThat(lastRecord().sequences()).isEqualTo(SequenceRanges.of(2));
    commitRecords();

    assertThat(decisions).contains(new Confirm(Stage.PROCESSED, SequenceRanges.of(2)));
    assertThat(store.open).containsOnlyKeys(1L);
  }

  @Test
  void whatIsFinishedAlreadyIsConfirmed() {
    OwedMessage message = commit(Priority.NORMAL);
    store.finish(SequenceRanges.of(1));
    mailbox.connected(ModelStore.EPOCH, 2, true, 0, 0, 0);

    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(message.sequence()), 0);
    mailbox.openLoaded(List.of(), 0);

    assertThat(decisions).contains(new Confirm(Stage.PROCESSED, SequenceRanges.of(1)));
  }

  @Test
  void aRepeatedAckIsRecordedOnce() {
    commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 2, false, 0, 0, 0);
    mailbox.want(1, 0);
    loadPage();
    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1), 0);
    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1), 0);

    assertThat(decisions).filteredOn(Persist.class::isInstance).hasSize(1);
    assertThat(decisions).noneMatch(LoadOpen.class::isInstance);
  }

  @Test
  void aReadThatFailedIsTriedAgain() {
    OwedMessage seen = commit(Priority.NORMAL);
    mailbox.connected(ModelStore.EPOCH, 2, false, 0, 0, 0);
    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1), 0);
    mailbox.openFailed(0);
    decisions.clear();

    mailbox.tick(mailbox.wakeAtMillis());
    assertThat(decisions).containsExactly(new LoadOpen(List.of(1L)));
    mailbox.openLoaded(List.of(seen), 500);
    assertThat(lastRecord().what()).isEqualTo(RecordKind.PROCESSED);
  }

  private List<OwedMessage> delivered() {
    return decisions.stream()
        .filter(Deliver.class::isInstance)
        .map(decision -> ((Deliver) decision).message())
        .toList();
  }
}
