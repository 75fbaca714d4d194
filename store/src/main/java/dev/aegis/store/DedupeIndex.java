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
  private @Nullable Generation spare;

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
      if (slot >= 0 && generation.table[slot + 4] != REMOVED) {
        return new Known(generation.table[slot + 3], generation.table[slot + 4]);
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
      newest = spare == null ? new Generation() : spare;
      newest.startMillis = nowMillis;
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
      spare = generations.removeFirst();
      spare.empty();
    }
  }

  /// Forgets a key whose message was refused after all.
  void remove(UUID id, int sender, int recipient) {
    long pair = pair(sender, recipient);
    for (Generation generation : generations) {
      int slot = generation.slot(id.getMostSignificantBits(), id.getLeastSignificantBits(), pair);
      if (slot >= 0) {
        generation.table[slot + 4] = REMOVED;
      }
    }
  }

  private static long pair(int sender, int recipient) {
    return (long) sender << 32 | recipient;
  }

  /// Open addressing over five longs a key: id, pair, digest, sequence (-1 removed). A byte of the
  /// hash beside each, 0 where there is none, tells almost always that a key is not there, in a
  /// fiftieth of the memory: a new key is looked for in all generations.
  private final class Generation {
    private long[] table = new long[FIRST_CAPACITY * WIDTH];
    private byte[] tags = new byte[FIRST_CAPACITY];
    private long startMillis;
    private int keys;
    private long lastSegment;

    /// Where the key is, or the complement of where it would go.
    private int slot(long high, long low, long pair) {
      long hash = mix(high, low, pair);
      byte tag = tag(hash);
      int last = tags.length - 1;
      int index = (int) hash & last;
      while (tags[index] != 0) {
        int slot = index * WIDTH;
        if (tags[index] == tag
            && table[slot] == high
            && table[slot + 1] == low
            && table[slot + 2] == pair) {
          return slot;
        }
        index = (index + 1) & last;
      }
      return ~(index * WIDTH);
    }

    private void put(long high, long low, long pair, long digest, long sequence) {
      if ((keys + 1) * 2 > tags.length) {
        grow();
      }
      int slot = slot(high, low, pair);
      if (slot < 0) {
        slot = ~slot;
        tags[slot / WIDTH] = tag(mix(high, low, pair));
        keys++;
      }
      table[slot] = high;
      table[slot + 1] = low;
      table[slot + 2] = pair;
      table[slot + 3] = digest;
      table[slot + 4] = sequence;
    }

    private void grow() {
      long[] oldTable = table;
      byte[] oldTags = tags;
      table = new long[Math.multiplyExact(oldTable.length, 2)];
      tags = new byte[oldTags.length * 2];
      for (int index = 0; index < oldTags.length; index++) {
        if (oldTags[index] != 0) {
          int from = index * WIDTH;
          int to = ~slot(oldTable[from], oldTable[from + 1], oldTable[from + 2]);
          System.arraycopy(oldTable, from, table, to, WIDTH);
          tags[to / WIDTH] = oldTags[index];
        }
      }
    }

    /// Forgets all keys and keeps its room.
    private void empty() {
      for (int index = 0; index < tags.length; index++) {
        int slot = index * WIDTH;
        if (tags[index] != 0 && table[slot + 4] != REMOVED) {
          slices.close(IdSlices.of(new UUID(table[slot], table[slot + 1])));
        }
      }
      Arrays.fill(tags, (byte) 0);
      keys = 0;
    }
  }

  private static byte tag(long hash) {
    return (byte) (hash >>> 56 | 1);
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
