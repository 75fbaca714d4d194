package dev.aegis.gateway.router;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;

/// Where the router tells how long messages took. Called by event loops and by journal writers, for
/// every message: whoever stands behind it neither blocks nor locks.
public interface StepTimes {
  /// Messages made this step: stored, delivered for the first time, or processed.
  ///
  /// @param millis since they were accepted; negative where a clock was set back
  /// @param messages how many took as long
  void took(Transition step, Priority priority, Guarantee guarantee, long millis, long messages);
}
