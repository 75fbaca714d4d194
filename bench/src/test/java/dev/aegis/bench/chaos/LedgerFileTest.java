package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerFileTest {
  private static final List<Entry> ENTRIES =
      List.of(
          Entry.sent(Entry.What.INTENDED, Guarantee.EXACTLY_ONCE, 1, new UUID(1, 2)),
          Entry.sent(Entry.What.PROMISED, Guarantee.AT_LEAST_ONCE, 31, new UUID(-1, -2)),
          new Entry(Entry.What.HANDLED, Guarantee.EXACTLY_ONCE, 2, new UUID(3, 4), 1L << 40, 77, 0),
          Entry.confirmed(3, 5, 6, 1L << 20));

  @TempDir Path directory;
  private Path file = Path.of("");

  @BeforeEach
  void write() throws IOException {
    file = directory.resolve("a.ledger");
    try (LedgerFile ledger = LedgerFile.open(file, _ -> {})) {
      ledger.append(ENTRIES.subList(0, 2));
      ledger.append(ENTRIES.subList(2, 4));
    }
  }

  @Test
  void givesBackWhatWasWritten() throws IOException {
    List<Entry> read = new ArrayList<>();
    LedgerFile.open(file, read::add).close();
    assertThat(read).isEqualTo(ENTRIES);
  }

  @Test
  void isReadOnWhereItWasLeft() throws IOException {
    long half = 2L * Entry.BYTES;
    List<Entry> read = new ArrayList<>();
    assertThat(LedgerFile.readOn(file, half, read::add)).isEqualTo(4L * Entry.BYTES);
    assertThat(read).isEqualTo(ENTRIES.subList(2, 4));
    assertThat(LedgerFile.readOn(file, 4L * Entry.BYTES, read::add)).isEqualTo(4L * Entry.BYTES);
    assertThat(LedgerFile.readOn(directory.resolve("none"), 0, read::add)).isZero();
    assertThat(read).hasSize(2);
  }

  @Test
  void cutWhereverAKillMayCutItOnlyTheTornEntryIsMissing() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length <= whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      List<Entry> read = new ArrayList<>();
      int left = length / Entry.BYTES;
      LedgerFile.readOn(file, 0, read::add);
      assertThat(read).as("seen while it grows").isEqualTo(ENTRIES.subList(0, left));
      try (LedgerFile ledger = LedgerFile.open(file, _ -> {})) {
        ledger.append(List.of(ENTRIES.getLast()));
      }
      List<Entry> again = new ArrayList<>();
      LedgerFile.open(file, again::add).close();
      List<Entry> expected = new ArrayList<>(ENTRIES.subList(0, left));
      expected.add(ENTRIES.getLast());
      assertThat(again).as("cut at %d", length).isEqualTo(expected);
    }
  }

  @Test
  void noFlippedBitIsTakenForAnEntry() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= (byte) (1 << (i % 8));
      Files.write(file, damaged, StandardOpenOption.TRUNCATE_EXISTING);
      assertThatThrownBy(() -> LedgerFile.open(file, _ -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is damaged");
      LedgerFiles files = new LedgerFiles(List.of(file));
      assertThatThrownBy(files::readAll)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is damaged at byte " + i / Entry.BYTES * Entry.BYTES);
    }
  }

  @Test
  void aFileThatIsMissingIsNotTakenForAnEmptyOne() {
    LedgerFiles files = new LedgerFiles(List.of(file, directory.resolve("none")));
    assertThatThrownBy(files::readAll).isInstanceOf(IOException.class);
  }
}
