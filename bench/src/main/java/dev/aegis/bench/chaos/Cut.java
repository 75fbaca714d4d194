package dev.aegis.bench.chaos;

/// How a connection is cut, and what its two ends learn of that.
enum Cut {
  /// Both ends are told at once.
  RESET("reset"),
  /// One end is told; the other believes in the connection, and hears nothing, until the hold is
  /// over.
  HALF_OPEN("half-open"),
  /// Nothing arrives any more, in either direction; both ends are told when the hold is over.
  BLACK_HOLE("black-hole"),
  /// What one end says arrives, and what the other says does not: answers are missing to what was
  /// done. Both ends are told when the hold is over.
  ONE_WAY("one-way"),
  /// Nothing arrives until the hold is over; then all of it does, late.
  STALL("stall");

  private final String label;

  Cut(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  /// Whether it is over as soon as it has begun.
  boolean isInstant() {
    return this == RESET;
  }

  /// Whether the connection lives on.
  boolean isSurvived() {
    return this == STALL;
  }
}
