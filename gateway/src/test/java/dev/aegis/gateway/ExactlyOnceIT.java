package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.FileProcessedLog;
import dev.aegis.client.Identity;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.ProcessedLog;
import dev.aegis.client.Sent;
import dev.aegis.crypto.SigningKey;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.SequenceRanges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An agent that dies with its acks unsent, and the one that comes after it.
@OnEverySite
class ExactlyOnceIT {
  private static final int MESSAGES = 200;
  private static final int REMEMBERED = 150;
  private static final int ALL = 2 * MESSAGES;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;
  private final Site site;

  ExactlyOnceIT(Site site) {
    this.site = site;
  }

  @Test
  void nothingThatTheLogRemembersIsHandledAgainAfterTheAgentWasKilled() throws Exception {
    Path file = directory.resolve("eo-recipient.processed");
    Path handledBefore = directory.resolve("handled");
    ClientOptions recipient = site.enrol("eo-recipient");
    Queue<IncomingMessage> handledAfter = new ConcurrentLinkedQueue<>();
    try (AegisClient sender = AegisClient.connect(site.enrol("eo-sender"))) {
      send(sender, 0);
      assertThat(dying(recipient, file, handledBefore).waitFor()).isEqualTo(DyingAgent.EXIT_CODE);
      send(sender, MESSAGES);

      Set<UUID> finished = new HashSet<>();
      try (FileProcessedLog log = FileProcessedLog.open(file, "eo-recipient")) {
        ProcessedLog.Remembered remembered = log.load();
        remembered.unconfirmed().forEach(message -> finished.add(message.id()));
        assertThat(finished).as("finished, and not known to be acknowledged").isNotEmpty();
        try (AegisClient _ =
            AegisClient.connect(
                site.elsewhere(recipient).withProcessedLog(log),
                c -> c.on("*", handledAfter::add))) {
          await()
              .atMost(PATIENCE)
              .untilAsserted(() -> {
                assertThat(log.load().unconfirmed()).isEmpty();
                assertThat(log.load().settled()).isEqualTo(new SequenceRanges(new long[] {1, ALL}));
              });
        }
        assertThat(handledAfter)
            .allSatisfy(m -> {
              assertThat(finished).doesNotContain(m.message().id());
              assertThat(remembered.settled().contains(m.sequence())).isFalse();
            })
            .doesNotHaveDuplicates();
      }
    }
    List<String> before = Files.readAllLines(handledBefore);
    assertThat(before).hasSizeGreaterThanOrEqualTo(REMEMBERED).doesNotHaveDuplicates();
    assertThat(handledAfter.stream().map(IncomingMessage::text)).doesNotHaveDuplicates();
    Set<String> texts = new HashSet<>(before);
    handledAfter.forEach(message -> texts.add(message.text()));
    assertThat(texts).hasSize(ALL);
  }

  @Test
  void whatIsBehindTheCursorIsNotDelivered() throws Exception {
    ClientOptions recipient = site.enrol("eo-cursor");
    try (AegisClient sender = AegisClient.connect(site.enrol("eo-cursor-sender"))) {
      for (int i = 1; i <= 4; i++) {
        accepted(sender.send(OutgoingMessage.text("eo-cursor", "task", "m" + i)));
      }
    }
    long epoch;
    try (RawAgent taker = site.raw(recipient, 0, 0)) {
      epoch = taker.next(Control.Delivery.class).mailboxEpoch(); // taken, never acknowledged
    }
    Queue<String> handled = new ConcurrentLinkedQueue<>();
    ProcessedLog known = new KnownLog(epoch, SequenceRanges.of(1, 2, 4));
    try (AegisClient _ =
        AegisClient.connect(
            site.elsewhere(recipient).withProcessedLog(known),
            c -> c.on("*", m -> handled.add(m.text())))) {
      await().atMost(PATIENCE).until(() -> handled.contains("m4"));
    }
    assertThat(handled).containsExactly("m3", "m4"); // the cursor is 2: place 3 is missing
  }

  private static void send(AegisClient sender, int from) throws Exception {
    List<Sent> all = new ArrayList<>();
    for (int i = from; i < from + MESSAGES; i++) {
      all.add(
          sender.send(
              OutgoingMessage.text("eo-recipient", "task", "m" + i)
                  .withGuarantee(Guarantee.EXACTLY_ONCE)));
    }
    for (Sent sent : all) {
      accepted(sent);
    }
  }

  private static void accepted(Sent sent) throws Exception {
    sent.accepted().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private Process dying(ClientOptions who, Path log, Path handled) throws IOException {
    Path key = directory.resolve(who.agentId() + ".key");
    SigningKey identity = who.identity();
    Identity.save(identity, key);
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            DyingAgent.class.getName(),
            who.url().toString(),
            who.agentId(),
            key.toString(),
            site.publicKey().toString(),
            log.toString(),
            handled.toString(),
            Integer.toString(REMEMBERED))
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(Path.of("target", "dying-agent.log").toFile()))
        .start();
  }

  /// An application's own store that knows some places as finished.
  private record KnownLog(long epoch, SequenceRanges settled) implements ProcessedLog {
    @Override
    public Remembered load() {
      return new Remembered(epoch, settled, List.of());
    }

    @Override
    public void finished(List<Processed> messages) {}

    @Override
    public void confirmed(long mailboxEpoch, SequenceRanges sequences) {}
  }
}
