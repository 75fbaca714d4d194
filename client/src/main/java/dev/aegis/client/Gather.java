package dev.aegis.client;

/// How many of the agents asked must answer for [AegisClient#askAll] to be content.
public sealed interface Gather {
  /// Every one.
  record All() implements Gather {}

  /// So many of them; the others are then cancelled.
  record Quorum(int answers) implements Gather {
    public Quorum {
      if (answers < 1) {
        throw new IllegalArgumentException("a quorum is at least one answer, not " + answers);
      }
    }
  }

  static Gather all() {
    return new All();
  }

  /// The first one to answer.
  static Gather first() {
    return new Quorum(1);
  }

  static Gather quorum(int answers) {
    return new Quorum(answers);
  }
}
