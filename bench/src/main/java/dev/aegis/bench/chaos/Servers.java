package dev.aegis.bench.chaos;

import dev.aegis.bench.server.GatewayAccess;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What agents connect to, with all that is behind it. Confined to one thread.
sealed interface Servers extends AutoCloseable permits OneGateway, GatewayCluster {
  /// With what `./aegis serve` ends when it has no database.
  int DATABASE_NOT_AVAILABLE = 69;

  /// Starts everything and waits until it is ready.
  GatewayAccess begin() throws IOException, InterruptedException;

  /// Where agents connect.
  List<URI> urls();

  List<Supervised> gateways();

  /// Brings back what is due, but for gateways.
  void tick(long nowNanos) throws IOException;

  /// What is away is due now, but for gateways.
  void hurry() throws IOException;

  /// @return what was done; empty when it is down just now, or there is nothing to cut
  Optional<String> kill(KillSchedule.Kill kill, long nowNanos) throws IOException;

  /// How many connections were cut, by how.
  Map<Cut, Long> connectionsCut();

  /// An orderly end of the gateways.
  ///
  /// @return whether it came in time
  default boolean stop(Duration patience) throws IOException, InterruptedException {
    boolean stopped = true;
    for (Supervised gateway : gateways()) {
      stopped &= gateway.stop(patience);
    }
    return stopped;
  }

  /// Ends everything but the gateways.
  @Override
  void close();
}
