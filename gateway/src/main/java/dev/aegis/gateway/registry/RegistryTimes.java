package dev.aegis.gateway.registry;

import dev.aegis.store.LiveTimes;
import java.time.Duration;

/// When an agent counts as there.
///
/// @param suspectAfter how long after its last heartbeat an agent is not healthy any more
/// @param offlineAfter how long after its last sign of life it is offline
/// @param restartGrace how long agents that were there when a gateway ended have to come back
public record RegistryTimes(Duration suspectAfter, Duration offlineAfter, Duration restartGrace) {
  /// What counts now.
  ///
  /// @param startedAtMillis when this gateway started
  /// @param lastSignBefore the newest heartbeat from before it; nobody could send any in between
  LiveTimes at(long nowMillis, long startedAtMillis, long lastSignBefore) {
    boolean grace = lastSignBefore > 0 && nowMillis - startedAtMillis < restartGrace.toMillis();
    return new LiveTimes(
        nowMillis - suspectAfter.toMillis(),
        nowMillis - offlineAfter.toMillis(),
        nowMillis - restartGrace.toMillis(),
        grace ? lastSignBefore - offlineAfter.toMillis() : 0,
        grace ? lastSignBefore : 0);
  }
}
