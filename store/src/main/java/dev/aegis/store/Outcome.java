package dev.aegis.store;

/// What the journal made of an entry when it formed the segment.
public enum Outcome {
  /// New, and now the recipient's at [Accept#sequence()].
  STORED,
  /// New, and the recipient's at [Accept#sequence()]: another gateway has stored it and delivers
  /// it.
  STORED_ELSEWHERE,
  /// The same message was stored before, at [Accept#sequence()]; nothing was added.
  DUPLICATE,
  /// The same sender used this id for this recipient with another content; nothing was added.
  CONFLICT,
  /// The dead letter is none any more: it was redriven or discarded before. Nothing was added.
  SETTLED
}
