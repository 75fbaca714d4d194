package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.client.ProcessedLog.Processed;
import dev.aegis.protocol.SequenceRanges;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// When the gateway is to hear of messages that are being worked on, in virtual time.
class InHandTest {
  private static final long EVERY = 20_000;

  private final InHand messages = new InHand();

  @Test
  void tellsOfAMessageEachTimeItsIntervalIsOver() {
    messages.put(message(1), EVERY, 0);
    assertThat(due(EVERY / 2)).isEqualTo(SequenceRanges.of());
    assertThat(due(EVERY)).isEqualTo(SequenceRanges.of(1));
    assertThat(due(EVERY + 1)).isEqualTo(SequenceRanges.of());
    assertThat(due(2 * EVERY)).isEqualTo(SequenceRanges.of(1));
  }

  @Test
  void saysWhenToAskAgain() {
    SequenceSet due = new SequenceSet();
    assertThat(messages.renew(0, due)).isEqualTo(InHand.NEVER);
    messages.put(message(1), EVERY, 0);
    messages.put(message(2), EVERY / 4, 0);
    assertThat(messages.renew(1_000, due)).isEqualTo(EVERY / 4 - 1_000);
    assertThat(due.isEmpty()).isTrue();
  }

  @Test
  void tellsInOneAckOfWhatWasTakenOneAfterTheOther() {
    for (int i = 1; i <= 100; i++) {
      messages.put(message(i), EVERY, i);
    }
    assertThat(due(EVERY + 1)).isEqualTo(new SequenceRanges(new long[] {1, 100}));
    assertThat(due(EVERY + 100)).isEqualTo(SequenceRanges.of());
  }

  @Test
  void tellsNothingOfWhatIsOver() {
    Processed first = message(1);
    messages.put(first, EVERY, 0);
    messages.put(message(2), EVERY, 0);
    messages.put(message(3), EVERY, 0);
    assertThat(messages.remove(message(1))).as("another message in that place").isFalse();
    assertThat(messages.remove(first)).isTrue();
    messages.removeAll(SequenceRanges.of(3));
    assertThat(due(EVERY)).isEqualTo(SequenceRanges.of(2));
    assertThat(messages.size()).isEqualTo(1);
  }

  private SequenceRanges due(long now) {
    SequenceSet due = new SequenceSet();
    messages.renew(now, due);
    return due.ranges();
  }

  private static Processed message(long sequence) {
    return new Processed(7, sequence, UUID.randomUUID());
  }
}
