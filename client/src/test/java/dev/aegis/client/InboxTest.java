package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.client.Inbox.Arrival;
import dev.aegis.client.ProcessedLog.Processed;
import dev.aegis.client.ProcessedLog.Remembered;
import dev.aegis.protocol.Control.Ack;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What the client knows of its mailbox when that has gone back, or a message will not come.
class InboxTest {
  private static final long EPOCH = 3;

  private final Processed kept = message(2);
  private final Processed lost = message(3);
  private final Inbox inbox =
      new Inbox(new Remembered(EPOCH, SequenceRanges.of(1, 2, 3), List.of(kept, lost)));

  @Test
  void acknowledgesAgainWhatIsUnconfirmed() {
    assertThat(inbox.opened(EPOCH, 4)).isFalse();
    assertThat(inbox.cursor()).isEqualTo(3);
    assertThat(inbox.takeAck()).isEqualTo(new Ack(Stage.PROCESSED, EPOCH, SequenceRanges.of(2, 3)));
  }

  @Test
  void countsNoPlaceThatAMailboxRestoredFromABackupGivesOutAgain() {
    assertThat(inbox.opened(EPOCH, 3)).isTrue();
    assertThat(inbox.cursor()).isEqualTo(2);
    assertThat(inbox.takeAck()).isEqualTo(new Ack(Stage.PROCESSED, EPOCH, SequenceRanges.of(2)));
    assertThat(inbox.takeAck()).isNull();
    assertThat(inbox.arrived(message(3), false, 1, 0)).isEqualTo(Arrival.NEW);
  }

  @Test
  void knowsAMessageThatGotItsPlaceAgain() {
    inbox.opened(EPOCH, 3);
    assertThat(inbox.arrived(lost, false, 1, 0)).isEqualTo(Arrival.FINISHED);
    assertThat(inbox.cursor()).isEqualTo(3);
  }

  @Test
  void countsAGapAsFinishedAndNeedsNoAckForIt() {
    inbox.opened(EPOCH, 4);
    assertThat(inbox.takeAck()).isNotNull();
    Processed running = message(5);
    inbox.arrived(running, false, 1, 0);
    assertThat(inbox.isHandling(running)).isTrue();
    inbox.gap(EPOCH, SequenceRanges.of(3, 4, 5));
    assertThat(inbox.cursor()).isEqualTo(5);
    assertThat(inbox.isHandling(running)).isFalse();
    inbox.finished(running);
    assertThat(inbox.takeAck()).isNull();
    assertThat(inbox.opened(EPOCH, 6)).isFalse();
    assertThat(inbox.takeAck()).isEqualTo(new Ack(Stage.PROCESSED, EPOCH, SequenceRanges.of(2)));
  }

  @Test
  void startsAnewInAnotherEpoch() {
    assertThat(inbox.opened(EPOCH + 1, 9)).isFalse();
    assertThat(inbox.cursor()).isZero();
    assertThat(inbox.takeAck()).isNull();
  }

  private static Processed message(long sequence) {
    return new Processed(EPOCH, sequence, UUID.randomUUID());
  }
}
