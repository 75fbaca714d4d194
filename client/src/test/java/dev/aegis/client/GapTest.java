package dev.aegis.client;

import static dev.aegis.client.ScriptedGateway.PATIENCE_SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Messages that the gateway says will not come.
class GapTest {
  private static final long EPOCH = 7;
  private static final Greeting MAILBOX = new Greeting().withMailbox(EPOCH, 10);

  private final BlockingQueue<MailboxGap> gaps = new LinkedBlockingQueue<>();
  @TempDir private Path directory;
  @AutoClose private final ScriptedGateway gateway = new ScriptedGateway();

  @Test
  void tellsTheApplicationWhichAndWhy() throws Exception {
    try (var pair = gateway.connect(gateway.options("alice"), MAILBOX, c -> c.onGap(gaps::add))) {
      pair.session().send(gap(ErrorCode.EXPIRED, 2, 3), gap(ErrorCode.POISON, 5));
      assertThat(told())
          .isEqualTo(new MailboxGap(EPOCH, SequenceRanges.of(2, 3), ErrorCode.EXPIRED));
      assertThat(told()).isEqualTo(new MailboxGap(EPOCH, SequenceRanges.of(5), ErrorCode.POISON));
    }
  }

  @Test
  void livesOnWhenTheHandlerFails() throws Exception {
    try (var pair =
        gateway.connect(
            gateway.options("alice"),
            MAILBOX,
            c ->
                c.onGap(gap -> {
                  gaps.add(gap);
                  throw new IllegalStateException("no");
                }))) {
      pair.session().send(gap(ErrorCode.EXPIRED, 2), gap(ErrorCode.EXPIRED, 3));
      assertThat(told().sequences()).isEqualTo(SequenceRanges.of(2));
      assertThat(told().sequences()).isEqualTo(SequenceRanges.of(3));
    }
  }

  @Test
  void movesTheCursorPastThem() throws Exception {
    try (var pair =
        gateway.connect(
            gateway.options("alice"), MAILBOX, c -> c.on("*", _ -> {}).onGap(gaps::add))) {
      pair.session().deliver(1, Messages.task("one"));
      assertThat(pair.session().expect(Control.Ack.class).sequences().contains(1)).isTrue();
      pair.session().send(gap(ErrorCode.EXPIRED, 2, 3));
      told();
      pair.session().abort();
      ScriptedSession again = gateway.next();
      assertThat(again.proof().mailboxEpoch()).isEqualTo(EPOCH);
      assertThat(again.proof().mailboxCursor()).isEqualTo(3);
      again.welcome(MAILBOX);
    }
  }

  @Test
  void remembersThemAcrossARestartOfTheAgent() throws Exception {
    ClientOptions options = gateway.options("alice");
    Path file = directory.resolve("alice.processed");
    try (FileProcessedLog log = FileProcessedLog.open(file, "alice");
        var pair =
            gateway.connect(options.withProcessedLog(log), MAILBOX, c -> c.onGap(gaps::add))) {
      pair.session().send(gap(ErrorCode.EXPIRED, 1, 2));
      told();
    }
    try (FileProcessedLog log = FileProcessedLog.open(file, "alice")) {
      assertThat(log.load().settled()).isEqualTo(SequenceRanges.of(1, 2));
      var connecting =
          ScriptedGateway.connecting(options.withProcessedLog(log), c -> c.onGap(gaps::add));
      ScriptedSession session = gateway.next();
      assertThat(session.proof().mailboxCursor()).isEqualTo(2);
      session.welcome(MAILBOX);
      connecting.get(PATIENCE_SECONDS, TimeUnit.SECONDS).close();
    }
  }

  @Test
  void acknowledgesNothingThatEndedWhileItsHandlerRan() throws Exception {
    CountDownLatch mayEnd = new CountDownLatch(1);
    try (var pair =
        gateway.connect(
            gateway.options("alice"),
            MAILBOX,
            c ->
                c.on(
                        "*",
                        m -> {
                          if (m.sequence() == 1) {
                            mayEnd.await();
                          }
                        })
                    .onGap(gaps::add))) {
      pair.session().deliver(1, Messages.task("slow"));
      pair.session().send(gap(ErrorCode.TIMEOUT, 1));
      told();
      mayEnd.countDown();
      pair.session().deliver(2, Messages.task("behind it"));
      assertThat(pair.session().expect(Control.Ack.class))
          .isEqualTo(new Control.Ack(Stage.PROCESSED, EPOCH, SequenceRanges.of(2)));
    }
  }

  private MailboxGap told() throws InterruptedException {
    MailboxGap gap = gaps.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(gap).as("a gap").isNotNull();
    return gap;
  }

  private static Control.Gap gap(ErrorCode why, long... sequences) {
    return new Control.Gap(EPOCH, SequenceRanges.of(sequences), why.wire());
  }
}
