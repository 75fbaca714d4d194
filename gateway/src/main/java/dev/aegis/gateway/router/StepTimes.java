package dev.aegis.gateway.router;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;

/// Where the router tells how long messages took. Called by event loops and by journal writers, for
/// every message: whoever stands behind it neither blocks nor locks.
public interface StepTimes {
  /// A message made this step: stored, delivered for the first time, or processed.
  ///
  /// @param millis since it was accepted; negative where a clock was set back
  void took(Transition step, Priority priority, Guarantee guarantee, long millis);
}
