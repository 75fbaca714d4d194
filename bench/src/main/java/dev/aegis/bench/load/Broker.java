package dev.aegis.bench.load;

import dev.aegis.bench.server.ProcFs;
import dev.aegis.bench.server.ServerUsage;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.util.Map;

/// A running messaging system that can be put under load.
public interface Broker {
  /// @param run names this run, so that runs do not meet
  /// @param threads event loops of the senders, and as many of the receivers
  Clients clients(String run, Guarantee guarantee, int threads) throws IOException;

  /// Its process on this machine, 0 for none. Processes below it count as its database.
  long pid();

  /// What its processes have taken so far.
  default ServerUsage usage() throws IOException {
    return ServerUsage.read(pid());
  }

  /// Processor time of the gateway's threads so far, by name. Reading it takes milliseconds: not
  /// while latencies are measured.
  default Map<String, Long> cpuMicrosByThread() {
    return pid() == 0 ? Map.of() : ProcFs.cpuMicrosByThread(pid());
  }

  /// What it has done so far, by the plural name of the thing: figures are told per message.
  default Map<String, Double> work() throws IOException {
    return Map.of();
  }

  /// How many messages it has refused or dropped so far, by reason, as far as it tells.
  Map<String, Long> refusals() throws IOException;

  /// Whether the sender of a durable message hears that it was handled.
  boolean tellsProcessed();
}
