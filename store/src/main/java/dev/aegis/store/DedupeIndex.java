package dev.aegis.store;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Remembers which (sender, recipient, id) were stored last, exactly, for a window of time and up
/// to a number of keys. Of what it has forgotten the rows tell: keys live in generations that are
/// dropped whole, each only once all its messages are rows. Confined to whoever holds the baton.
final class DedupeIndex {
  private static final int GENERATIONS = 8;
  private static final int WIDTH = 5;
  private static final int FIRST_CAPACITY = 1 << 10;
  private static final long REMOVED = -1;

  private final long generationMillis;
  private final int generationKeys;
  private final long seed;
  private final LongSupplier projected;
  private final IdSlices slices;
  private final ArrayDeque<Generation> generations = new ArrayDeque<>();

  /// Of the generation dropped last, empty again. Under load one is dropped for each that begins:
  /// so none has to grow, which takes milliseconds that every message waits for.
  private long @Nullable [] spare;

  /// @param projected up to which segment all messages are rows
  DedupeIndex(long windowMillis, int keys, long seed, LongSupplier projected, IdSlices slices) {
    this.generationMillis = Math.max(1, windowMillis / (GENERATIONS - 1));
    this.generationKeys = Math.max(1, keys / GENERATIONS);
    this.seed = seed;
    this.projected = projected;
    this.slices = slices;
  }

  /// What is known of a key.
  record Known(long digest, long sequence) {}

  /// Whether such an id is new if it is not found here.
  boolean tellsNew(UUID id) {
    return slices.isOpen(id);
  }

  @Nullable Known find(UUID id, int sender, int recipient) {
    long pair = pair(sender, recipient);
    for (Iterator<Generation> newest = generations.descendingIterator(); newest.hasNext(); ) {
      Generation generation = newest.next();
      int slot = generation.slot(id.getMostSignificantBits(), id.getLeastSignificantBits(), pair);
      long sequence = generation.table[slot + 4];
      if (sequence > 0) {
        return new Known(generation.table[slot + 3], sequence);
      }
    }
    return null;
  }

  /// @param segment the number of the segment that the message is in
  void add(UUID id, int sender, int recipient, Known known, long segment, long nowMillis) {
    Generation newest = generations.peekLast();
    if (newest == null
        || newest.keys >= generationKeys
        || nowMillis - newest.startMillis >= generationMillis) {
      newest = new Generation(nowMillis, spare == null ? new long[FIRST_CAPACITY * WIDTH] : spare);
      spare = null;
      generations.addLast(newest);
    }
    newest.lastSegment = segment;
    newest.put(
        id.getMostSignificantBits(),
        id.getLeastSignificantBits(),
        pair(sender, recipient),
        known.digest(),
        known.sequence());
  }

  /// Drops what is too much. Only between two segments: what one was compared with has to stay
  /// until it is formed.
  void dropOldest() {
    while (generations.size() > GENERATIONS
        && generations.getFirst().lastSegment <= projected.getAsLong()) {
      long[] table = generations.removeFirst().table;
      for (int slot = 0; slot < table.length; slot += WIDTH) {
        if (table[slot + 4] > 0) {
          slices.close(IdSlices.of(new UUID(table[slot], table[slot + 1])));
        }
      }
      Arrays.fill(table, 0);
      spare = table;
    }
  }

  /// Forgets a key whose message was refused after all.
  void remove(UUID id, int sender, int recipient) {
    long pair = pair(sender, recipient);
    for (Generation generation : generations) {
      int slot = generation.slot(id.getMostSignificantBits(), id.getLeastSignificantBits(), pair);
      if (generation.table[slot + 4] > 0) {
        generation.table[slot + 4] = REMOVED;
      }
    }
  }

  private static long pair(int sender, int recipient) {
    return (long) sender << 32 | recipient;
  }

  /// Open addressing over five longs a key: id, pair, digest, sequence (0 empty, -1 removed).
  private final class Generation {
    private final long startMillis;
    private long[] table;
    private int keys;
    private long lastSegment;

    private Generation(long startMillis, long[] empty) {
      this.startMillis = startMillis;
      this.table = empty;
    }

    /// Where the key is, or the empty slot where it would go.
    private int slot(long high, long low, long pair) {
      int capacity = table.length / WIDTH;
      int index = (int) (mix(high, low, pair) & (capacity - 1));
      while (true) {
        int slot = index * WIDTH;
        boolean same = table[slot] == high && table[slot + 1] == low && table[slot + 2] == pair;
        if (table[slot + 4] == 0 || same) {
          return slot;
        }
        index = (index + 1) & (capacity - 1);
      }
    }

    private void put(long high, long low, long pair, long digest, long sequence) {
      if ((keys + 1) * 2 > table.length / WIDTH) {
        grow();
      }
      int slot = slot(high, low, pair);
      if (table[slot + 4] == 0) {
        keys++;
      }
      table[slot] = high;
      table[slot + 1] = low;
      table[slot + 2] = pair;
      table[slot + 3] = digest;
      table[slot + 4] = sequence;
    }

    private void grow() {
      long[] old = table;
      table = new long[Math.multiplyExact(old.length, 2)];
      for (int from = 0; from < old.length; from += WIDTH) {
        if (old[from + 4] != 0) {
          int to = slot(old[from], old[from + 1], old[from + 2]);
          System.arraycopy(old, from, table, to, WIDTH);
        }
      }
      Arrays.fill(old, 0);
    }
  }

  /// Seeded: senders choose their ids, and must not choose where they collide.
  private long mix(long high, long low, long pair) {
    long x = (high ^ seed) * 0x9E37_79B9_7F4A_7C15L;
    x = Long.rotateLeft(x, 29) ^ low;
    x = (x ^ seed) * 0xBF58_476D_1CE4_E5B9L;
    x = Long.rotateLeft(x, 31) ^ pair;
    x *= 0x94D0_49BB_1331_11EBL;
    return x ^ x >>> 32;
  }
}
