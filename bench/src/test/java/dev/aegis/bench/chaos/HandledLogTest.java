package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.client.IncomingMessage;
import dev.aegis.client.ProcessedLog.Processed;
import dev.aegis.client.ProcessedLog.Remembered;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.SequenceRanges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandledLogTest {
  private static final long EPOCH = 3;

  @TempDir Path directory;

  @Test
  void theEffectIsTheMemory() throws IOException {
    // Handled, and killed before the SDK could say that it has finished.
    log(0).handle(message(1, Guarantee.EXACTLY_ONCE), true);
    log(0).handle(message(2, Guarantee.EXACTLY_ONCE), true);
    assertThat(log(0).load())
        .isEqualTo(
            new Remembered(
                EPOCH,
                SequenceRanges.of(1, 2),
                List.of(new Processed(EPOCH, 1, id(1)), new Processed(EPOCH, 2, id(2)))));
  }

  @Test
  void whatIsConfirmedNeedNotBeRememberedAnyMore() throws IOException {
    HandledLog log = log(0);
    for (int i = 1; i <= 5; i++) {
      log.handle(message(i, Guarantee.EXACTLY_ONCE), true);
    }
    log.confirmed(EPOCH, new SequenceRanges(new long[] {1, 2, 4, 4}));
    Remembered remembered = log(0).load();
    assertThat(remembered.unconfirmed())
        .containsExactlyInAnyOrder(new Processed(EPOCH, 3, id(3)), new Processed(EPOCH, 5, id(5)));
    assertThat(remembered.settled()).isEqualTo(SequenceRanges.of(1, 2, 3, 4, 5));
  }

  @Test
  void atLeastOnceMayComeAgain() throws IOException {
    log(0).handle(message(1, Guarantee.AT_LEAST_ONCE), true);
    assertThat(log(0).load().unconfirmed()).isEmpty();
    assertThat(log(0).load().settled().count()).isZero();
  }

  @Test
  void agentsOfOneFileDoNotShareAMemory() throws IOException {
    log(0).handle(message(1, Guarantee.EXACTLY_ONCE), true);
    assertThat(log(1).load()).isEqualTo(Remembered.nothing());
  }

  @Test
  void aNewMailboxEndsTheMemoryOfTheOldOne() throws IOException {
    log(0).handle(message(1, Guarantee.EXACTLY_ONCE), true);
    Message other = message(2, Guarantee.EXACTLY_ONCE).message();
    log(0).handle(new IncomingMessage(other, 1, 0, EPOCH + 1, 1), true);
    assertThat(log(0).load())
        .isEqualTo(
            new Remembered(
                EPOCH + 1, SequenceRanges.of(1), List.of(new Processed(EPOCH + 1, 1, id(2)))));
  }

  /// As a process that starts finds it.
  private HandledLog log(int agent) throws IOException {
    List<Entry> before = new ArrayList<>();
    LedgerWriter writer = LedgerWriter.start(directory.resolve("a.ledger"), before::add);
    return new HandledLog(agent, writer, before);
  }

  private static UUID id(long sequence) {
    return new UUID(1, sequence);
  }

  private static IncomingMessage message(long sequence, Guarantee guarantee) {
    Message message =
        Message.builder(Kind.EVENT, id(sequence), "from", "to", "type")
            .guarantee(guarantee)
            .payload(new byte[0])
            .build();
    return new IncomingMessage(message, 1, 0, EPOCH, sequence);
  }
}
