package dev.aegis.store;

/// Which journal: one for each run of a gateway. Segment numbers begin with it, so that those of
/// all journals differ and a number says whose it is.
record JournalId(long value) {
  private static final int SEGMENT_BITS = 40;

  JournalId {
    if (value < 0 || value >= 1L << (Long.SIZE - 1 - SEGMENT_BITS)) {
      throw new IllegalArgumentException("journal id " + value);
    }
  }

  /// The number in front of the first segment.
  long base() {
    return value << SEGMENT_BITS;
  }

  /// The last number there could be.
  long end() {
    return base() + (1L << SEGMENT_BITS) - 1;
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
