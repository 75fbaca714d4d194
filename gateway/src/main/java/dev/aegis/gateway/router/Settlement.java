package dev.aegis.gateway.router;

/// What became of settling a dead letter.
public sealed interface Settlement {
  /// On disk.
  ///
  /// @param sequence where the message is now
  record Done(long sequence) implements Settlement {}

  /// It was redriven or discarded before.
  record NotDead() implements Settlement {}

  /// Not taken; it is a dead letter still.
  record Refused(SubmitResult.Refused why) implements Settlement {}
}
