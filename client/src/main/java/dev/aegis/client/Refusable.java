package dev.aegis.client;

import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The best-effort messages that were written last and could still be refused: a ring, as nothing
/// but a refusal ever asks for one, and most are never asked for. Confined to one thread.
final class Refusable {
  private static final int FIRST_CAPACITY = 16;

  private final int capacity;
  private @Nullable Sent[] ring = new @Nullable Sent[FIRST_CAPACITY];
  private long written;

  /// Where the last one was found: refusals come in the order of what they refuse.
  private long searchFrom;

  /// @param capacity a power of two from 16; beyond, the oldest is forgotten
  Refusable(int capacity) {
    this.capacity = capacity;
  }

  void add(Sent sent) {
    if (written == ring.length && ring.length < capacity) {
      ring = Arrays.copyOf(ring, ring.length * 2);
    }
    ring[place(written++)] = sent;
  }

  private int place(long number) {
    return (int) number & (ring.length - 1);
  }

  /// Takes one out; null for one that is not, or no longer, here.
  @Nullable Sent remove(UUID id) {
    long oldest = Math.max(0, written - ring.length);
    long from = Math.max(oldest, searchFrom);
    Sent found = remove(id, from, written);
    return found == null ? remove(id, oldest, from) : found;
  }

  private @Nullable Sent remove(UUID id, long from, long until) {
    for (long number = from; number < until; number++) {
      Sent sent = ring[place(number)];
      if (sent != null && sent.id().equals(id)) {
        ring[place(number)] = null;
        searchFrom = number + 1;
        return sent;
      }
    }
    return null;
  }

  void clear() {
    Arrays.fill(ring, null);
    written = 0;
    searchFrom = 0;
  }
}
