package dev.aegis.bench.load;

import dev.aegis.bench.server.Target;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.util.Map;

/// Aegis under load.
///
/// @param target its gateway
public record Gateway(Target target) implements Broker {
  @Override
  public Clients clients(String run, Guarantee guarantee, int threads) {
    return new Fleet(target.access(), run, guarantee, threads, !target.isOwn());
  }

  @Override
  public long pid() {
    return target.pid();
  }

  @Override
  public Map<String, Long> refusals() throws IOException {
    return target.access().refusals();
  }

  @Override
  public boolean tellsProcessed() {
    return true;
  }
}
