package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DedupeIndexTest {
  private static final int GENERATION_KEYS = 1_500;
  private static final int GENERATIONS = 8;

  private final Random random = new Random(7);
  private long projected = Long.MAX_VALUE;
  private final DedupeIndex index =
      new DedupeIndex(
          Long.MAX_VALUE / 2,
          GENERATIONS * GENERATION_KEYS,
          random.nextLong(),
          () -> projected,
          new IdSlices(0));

  private record Key(UUID id, int sender, int recipient, DedupeIndex.Known known) {}

  private Key add(long segment) {
    Key key =
        new Key(
            new UUID(random.nextLong(), random.nextLong()),
            random.nextInt(4),
            random.nextInt(4),
            new DedupeIndex.Known(random.nextLong(), 1 + random.nextInt(1_000)));
    index.add(key.id, key.sender, key.recipient, key.known, segment, 0);
    return key;
  }

  private DedupeIndex.@Nullable Known find(Key key) {
    return index.find(key.id, key.sender, key.recipient);
  }

  @Test
  void findsWhatWasAddedUntilItsGenerationIsDropped() {
    List<Key> keys = new ArrayList<>();
    for (int n = 0; n < 12 * GENERATION_KEYS; n++) {
      keys.add(add(1));
      index.dropOldest();
    }
    int forgotten = (12 - GENERATIONS) * GENERATION_KEYS;
    assertThat(keys.subList(0, forgotten)).allSatisfy(key -> assertThat(find(key)).isNull());
    assertThat(keys.subList(forgotten, keys.size()))
        .allSatisfy(key -> assertThat(find(key)).isEqualTo(key.known));
  }

  @Test
  void keepsAGenerationWhoseMessagesAreNoRowsYet() {
    projected = 4;
    List<Key> keys = new ArrayList<>();
    for (int n = 0; n < 12 * GENERATION_KEYS; n++) {
      keys.add(add(5));
      index.dropOldest();
    }
    assertThat(keys).allSatisfy(key -> assertThat(find(key)).isEqualTo(key.known));
  }

  @Test
  void tellsTheSameIdOfAnotherPairApart() {
    Key key = add(1);
    assertThat(index.find(key.id, key.sender + 1, key.recipient)).isNull();
    assertThat(index.find(key.id, key.sender, key.recipient + 1)).isNull();
  }

  @Test
  void forgetsWhatWasRemovedAndTakesItAgain() {
    List<Key> keys = new ArrayList<>();
    for (int n = 0; n < GENERATION_KEYS; n++) {
      keys.add(add(1));
    }
    for (int n = 0; n < keys.size(); n += 2) {
      Key key = keys.get(n);
      index.remove(key.id, key.sender, key.recipient);
      assertThat(find(key)).isNull();
    }
    for (int n = 0; n < keys.size(); n += 2) {
      Key key = keys.get(n);
      index.add(key.id, key.sender, key.recipient, key.known, 2, 0);
    }
    assertThat(keys).allSatisfy(key -> assertThat(find(key)).isEqualTo(key.known));
  }
}
