package dev.aegis.store.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class TallyCodecTest {
  private static final long HOUR = 3_600_000;

  private final Tally tally = new Tally();

  TallyCodecTest() {
    tally.stored("alice", "bob", "task", 300, false, 5 * HOUR);
    tally.stored("alice", "bob", "task", 200, true, 5 * HOUR);
    tally.stored("bob", "alice", "größe", 100, false, 6 * HOUR);
    tally.tried("alice", "bob", "task", 3, 2, 5 * HOUR);
    tally.ended("alice", "bob", "task", Ending.PROCESSED, 5 * HOUR, 5 * HOUR + 40);
    tally.ended("alice", "bob", "task", Ending.PROCESSED, 5 * HOUR, 5 * HOUR + 70_000);
    tally.ended("alice", "bob", "task", Ending.DEAD, 5 * HOUR, 6 * HOUR);
  }

  @Test
  void whatWasCountedComesBack() {
    Tally read = TallyCodec.decode(TallyCodec.encode(tally));
    assertThat(read.flows().keySet())
        .containsExactlyInAnyOrder(
            new Flow(5, "alice", "bob", "task"),
            new Flow(6, "bob", "alice", "größe"),
            new Flow(6, "alice", "bob", "task"));
    Counts counts = read.of(new Flow(5, "alice", "bob", "task"));
    assertThat(counts.numbers()).containsExactly(1, 300, 0, 0, 1, 3, 2, 2, 0, 0, 0);
    assertThat(counts.times.count()).isEqualTo(2);
    assertThat(counts.times.percentileMillis(0.5)).isBetween(39.0, 42.0);
    assertThat(read.of(new Flow(6, "alice", "bob", "task")).dead).isOne();
    assertThat(TallyCodec.encode(read)).isEqualTo(TallyCodec.encode(tally));
  }

  @Test
  void bytesThatAreCutOrGoOnAreRefused() {
    byte[] bytes = TallyCodec.encode(tally);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> TallyCodec.decode(cut))
          .as("%s bytes", length)
          .isInstanceOf(IllegalArgumentException.class);
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatThrownBy(() -> TallyCodec.decode(longer))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLaterVersionIsRefusedAndNotMisread() {
    byte[] bytes = TallyCodec.encode(tally);
    bytes[0]++;
    assertThatThrownBy(() -> TallyCodec.decode(bytes)).isInstanceOf(IllegalArgumentException.class);
  }
}
