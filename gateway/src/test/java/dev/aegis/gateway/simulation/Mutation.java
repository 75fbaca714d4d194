package dev.aegis.gateway.simulation;

/// A fault planted in the code under simulation, to show that its invariant can fail.
enum Mutation {
  NONE,
  /// "Stored" is said before the commit.
  PROMISES_EARLY,
  /// Recovery leaves out what is not rows yet.
  LOSES_SEGMENTS,
  /// Only what memory has counts as stored before.
  FORGETS_OLD_IDS,
  /// The same id is stored twice.
  STORES_REPEATS,
  /// An agent's memory of finished messages is not kept.
  FORGETS_FINISHED,
  /// The time to live is not looked at on delivery.
  IGNORES_TTL,
  /// Pages come in the wrong order.
  REORDERS_PAGES,
  /// The lowest class gets nothing while others fill segments.
  STARVES_LOW,
  /// Failures are not written down.
  DROPS_FAILURES,
  /// The window of unacknowledged messages has no bound.
  IGNORES_WINDOW,
  /// Acks are confirmed before they are on disk.
  CONFIRMS_EARLY,
  /// An older session goes on after a newer login.
  IGNORES_FENCING,
  /// Whoever pulls is sent messages from the start.
  IGNORES_PULLING,
  /// A message that moves on is put in at the next agent before it is out at the one before.
  MOVES_EARLY,
  /// An agent that logs in is given what is about to move on to another.
  FORGETS_DEPARTURES,
  /// A message that has left an agent is not put in at the next one after a crash.
  FORGETS_MOVES
}
