package dev.aegis.store;

import java.util.UUID;

/// Which ids are new when memory does not know them, and for which only the rows can tell.
///
/// Ids are told apart by their first 40 bits, which in a UUIDv7 are a quarter of a second. A slice
/// is closed once it may hold an id that is a row and not in memory; whether an id belongs to a
/// closed slice depends on the id alone, so that no clock, of a sender or of ours, can make a
/// repeat look new. Slices from the start of this gateway to some way ahead of now can be open, in
/// a ring of a day and a half. Confined to the baton holder.
final class IdSlices {
  /// What a slice is the high half of an id without.
  private static final int BITS = 24;

  private static final int SLICES = 1 << 19;

  /// How far ahead of now slices are opened, and at what distance the next are.
  private static final long AHEAD = slice(3_600_000L << 16);

  private static final long LEAST_AHEAD = AHEAD / 2;

  private final long[] closed = new long[SLICES / Long.SIZE];
  private long from;
  private long to;

  IdSlices(long nowMillis) {
    from = ofMillis(nowMillis);
    to = from;
  }

  static long of(UUID id) {
    return slice(id.getMostSignificantBits());
  }

  static long ofMillis(long millis) {
    return slice(millis << 16);
  }

  private static long slice(long high) {
    return high >>> BITS;
  }

  /// The first id of a slice.
  static UUID firstId(long slice) {
    return new UUID(slice << BITS, 0);
  }

  /// Whether an id that memory does not know is new.
  boolean isOpen(UUID id) {
    long slice = of(id);
    return from <= slice && slice < to && (closed[word(slice)] & bit(slice)) == 0;
  }

  void close(long slice) {
    if (from <= slice && slice < to) {
      closed[word(slice)] |= bit(slice);
    }
  }

  /// The first slice that was never opened: rows from it on have to be asked for before.
  long end() {
    return to;
  }

  /// Up to where slices should be opened now; [#end()] when that is done.
  long wantedEnd(long nowMillis) {
    long now = ofMillis(nowMillis);
    return to < now + LEAST_AHEAD ? now + AHEAD : to;
  }

  /// Opens the slices up to `end`; those with rows are closed by the caller next.
  void open(long end) {
    if (end - to >= SLICES) { // the clock jumped
      to = end - AHEAD;
      from = to;
    }
    for (long slice = to; slice < end; slice++) {
      closed[word(slice)] &= ~bit(slice);
    }
    to = end;
    from = Math.max(from, to - SLICES);
  }

  private static int word(long slice) {
    return (int) (slice & (SLICES - 1)) / Long.SIZE;
  }

  private static long bit(long slice) {
    return 1L << slice;
  }
}
