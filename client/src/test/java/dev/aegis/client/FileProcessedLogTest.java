package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.client.ProcessedLog.Processed;
import dev.aegis.client.ProcessedLog.Remembered;
import dev.aegis.protocol.SequenceRanges;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the file keeps, whatever happens to the process that writes it.
class FileProcessedLogTest {
  private static final long EPOCH = 7;

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("alice.processed");
  }

  @Test
  void knowsNothingAtFirst() throws IOException {
    try (FileProcessedLog log = open()) {
      assertThat(log.load()).isEqualTo(Remembered.nothing());
    }
    assertThat(reopened()).isEqualTo(Remembered.nothing());
  }

  @Test
  void remembersWhatIsFinishedUntilItIsConfirmed() throws IOException {
    List<Processed> messages = List.of(message(1), message(2), message(5));
    try (FileProcessedLog log = open()) {
      log.finished(messages);
      log.confirmed(EPOCH, SequenceRanges.of(1));
    }
    Remembered remembered = reopened();
    assertThat(remembered.mailboxEpoch()).isEqualTo(EPOCH);
    assertThat(remembered.unconfirmed()).containsExactly(messages.get(1), messages.get(2));
    assertThat(remembered.settled()).isEqualTo(SequenceRanges.of(1, 2, 5));
  }

  @Test
  void needsNoCloseToRemember() throws IOException {
    FileProcessedLog log = open();
    Processed message = message(1);
    log.finished(List.of(message));
    Path copy = directory.resolve("after-a-crash");
    Files.copy(file, copy);
    log.close();
    try (FileProcessedLog after = FileProcessedLog.open(copy, "alice")) {
      assertThat(after.load().unconfirmed()).containsExactly(message);
    }
  }

  @Test
  void cutAtEachLengthKeepsEveryRecordThatIsWhole() throws IOException {
    List<Integer> lengths = new ArrayList<>();
    List<Remembered> states = new ArrayList<>();
    try (FileProcessedLog log = open()) {
      for (int step = 0; step < 6; step++) {
        lengths.add((int) Files.size(file));
        states.add(log.load());
        if (step == 3) {
          log.confirmed(EPOCH, SequenceRanges.of(1, 2));
        }
        log.finished(List.of(message(2 * step + 1), message(2 * step + 2)));
      }
    }
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length <= whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      if (length < lengths.getFirst()) {
        assertUnusable("cut at " + length); // no crash does that: the file got its name when whole
        continue;
      }
      int last = 0;
      while (last + 1 < lengths.size() && lengths.get(last + 1) <= length) {
        last++;
      }
      if (length < whole.length) {
        assertThat(reopened()).as("cut at %d", length).isEqualTo(states.get(last));
      }
    }
  }

  @Test
  void goesOnBehindATornTail() throws IOException {
    Processed first = message(1);
    Processed torn = message(2);
    Processed after = message(3);
    try (FileProcessedLog log = open()) {
      log.finished(List.of(first));
      log.finished(List.of(torn));
    }
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    try (FileProcessedLog log = open()) {
      log.finished(List.of(after));
    }
    assertThat(reopened().unconfirmed()).containsExactly(first, after);
  }

  @Test
  void takesABrokenLastRecordForTornWhateverItHolds() throws IOException {
    Processed first = message(1);
    int sound;
    try (FileProcessedLog log = open()) {
      log.finished(List.of(first));
      sound = (int) Files.size(file);
      log.finished(List.of(message(2), message(3)));
    }
    byte[] bytes = Files.readAllBytes(file);
    for (int broken = sound; broken < bytes.length; broken++) {
      byte[] changed = bytes.clone();
      changed[broken] ^= 0x40;
      Files.write(file, changed);
      assertThat(reopened().unconfirmed()).as("byte %d", broken).containsExactly(first);
    }
    byte[] zeros = bytes.clone();
    Arrays.fill(zeros, sound, zeros.length, (byte) 0);
    Files.write(file, zeros);
    assertThat(reopened().unconfirmed()).containsExactly(first);
  }

  @Test
  void refusesAFileThatIsDamagedBeforeItsEnd() throws IOException {
    int sound;
    try (FileProcessedLog log = open()) {
      log.finished(List.of(message(1)));
      sound = (int) Files.size(file);
      log.finished(List.of(message(2)));
    }
    byte[] bytes = Files.readAllBytes(file);
    for (int damaged = 0; damaged < sound; damaged++) {
      byte[] changed = bytes.clone();
      changed[damaged] ^= 0x01;
      Files.write(file, changed);
      assertUnusable("byte " + damaged);
    }
    Files.write(file, bytes);
    assertThat(reopened().unconfirmed()).hasSize(2);
  }

  @Test
  void staysSmallHoweverMuchPassesThroughIt() throws IOException {
    long largest = 0;
    try (FileProcessedLog log = open()) {
      for (long sequence = 1; sequence <= 20_000; sequence += 100) {
        List<Processed> batch = new ArrayList<>();
        for (long each = sequence; each < sequence + 100; each++) {
          batch.add(message(each));
        }
        log.finished(batch);
        log.confirmed(EPOCH, new SequenceRanges(new long[] {sequence, sequence + 99}));
        largest = Math.max(largest, Files.size(file));
      }
    }
    assertThat(largest).isLessThan(100 * 1024);
    Remembered remembered = reopened();
    assertThat(remembered.unconfirmed()).isEmpty();
    assertThat(remembered.settled()).isEqualTo(new SequenceRanges(new long[] {1, 20_000}));
    assertThat(Files.size(file)).isLessThan(100);
  }

  @Test
  void forgetsAnEpochThatIsOver() throws IOException {
    Processed later = new Processed(EPOCH + 1, 1, UUID.randomUUID());
    try (FileProcessedLog log = open()) {
      log.finished(List.of(message(1), message(2)));
      log.finished(List.of(later));
    }
    Remembered remembered = reopened();
    assertThat(remembered.mailboxEpoch()).isEqualTo(EPOCH + 1);
    assertThat(remembered.unconfirmed()).containsExactly(later);
    assertThat(remembered.settled()).isEqualTo(SequenceRanges.of(1));
  }

  @Test
  void doesNotCountPlacesOfAMailboxThatHasGoneBack() throws IOException {
    Processed kept = message(3);
    try (FileProcessedLog log = open()) {
      log.finished(List.of(kept, message(4), message(5)));
      log.confirmed(EPOCH, new SequenceRanges(new long[] {1, 2}));
      log.rewound(EPOCH, 4);
    }
    Remembered remembered = reopened();
    assertThat(remembered.settled()).isEqualTo(SequenceRanges.of(1, 2, 3));
    assertThat(remembered.unconfirmed()).containsExactly(kept);
  }

  @Test
  void keepsASecondUserOut() throws IOException {
    try (FileProcessedLog _ = open()) {
      assertUnusable("in use");
    }
    assertThat(reopened()).isEqualTo(Remembered.nothing());
  }

  @Test
  void refusesTheLogOfAnotherAgentAndFilesThatAreNone() throws IOException {
    try (FileProcessedLog log = open()) {
      log.finished(List.of(message(1)));
    }
    assertThatThrownBy(() -> FileProcessedLog.open(file, "bob"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("alice");
    Files.writeString(file, "something else altogether");
    assertUnusable("text");
    Files.write(file, new byte[0]);
    assertUnusable("empty");
  }

  @Test
  void writesEverythingAnewAfterAFailure() throws IOException {
    Processed first = message(1);
    Processed second = message(2);
    try (FileProcessedLog log = open()) {
      log.finished(List.of(first));
      Thread.currentThread().interrupt(); // closes the file under the writer
      assertThatThrownBy(() -> log.finished(List.of(second)))
          .isInstanceOf(ClosedByInterruptException.class);
      assertThat(Thread.interrupted()).isTrue();
      log.finished(List.of(second));
    }
    assertThat(reopened().unconfirmed()).containsExactly(first, second);
  }

  @Test
  void takesNothingOnceClosed() throws IOException {
    FileProcessedLog log = open();
    log.close();
    log.close();
    assertThatThrownBy(() -> log.finished(List.of(message(1)))).isInstanceOf(IOException.class);
    assertThat(reopened()).isEqualTo(Remembered.nothing());
  }

  private FileProcessedLog open() throws IOException {
    return FileProcessedLog.open(file, "alice");
  }

  private Remembered reopened() throws IOException {
    try (FileProcessedLog log = open()) {
      return log.load();
    }
  }

  private void assertUnusable(String why) {
    assertThatThrownBy(this::open)
        .as(why)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
  }

  private static Processed message(long sequence) {
    return new Processed(EPOCH, sequence, UUID.randomUUID());
  }
}
