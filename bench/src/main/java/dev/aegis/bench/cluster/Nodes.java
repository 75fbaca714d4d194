package dev.aegis.bench.cluster;

import dev.aegis.bench.load.Broker;
import dev.aegis.bench.load.Clients;
import dev.aegis.bench.load.Fleet;
import dev.aegis.bench.load.Gateway;
import dev.aegis.bench.load.Layout;
import dev.aegis.bench.load.RestClients;
import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.bench.server.ProcFs;
import dev.aegis.bench.server.ServerUsage;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gateways under load: senders are at the first; receivers at the last, so that every message
/// crosses where there are two, or all over them.
final class Nodes implements Broker {
  private final Map<String, Gateway> gateways;
  private final Backends backends;
  private final boolean usesRedis;
  private final @Nullable String topic;
  private final boolean rest;

  /// @param gateways by their names, in order
  /// @param usesRedis whether they are nodes of a cluster
  private Nodes(
      Map<String, Gateway> gateways,
      Backends backends,
      boolean usesRedis,
      @Nullable String topic,
      boolean rest) {
    this.gateways = gateways;
    this.backends = backends;
    this.usesRedis = usesRedis;
    this.topic = topic;
    this.rest = rest;
  }

  static Nodes of(Map<String, Gateway> gateways, Backends backends, boolean usesRedis) {
    return new Nodes(new LinkedHashMap<>(gateways), backends, usesRedis, null, false);
  }

  /// The same with receivers all over them, who subscribe to a topic.
  Nodes withTopic(String name) {
    return new Nodes(gateways, backends, usesRedis, name, false);
  }

  /// The same with senders that are services.
  Nodes withRest() {
    return new Nodes(gateways, backends, usesRedis, null, true);
  }

  @Override
  public Clients clients(String run, Guarantee guarantee, int threads) throws IOException {
    List<GatewayAccess> all = gateways.values().stream().map(Gateway::access).toList();
    Layout layout =
        new Layout(List.of(all.getFirst()), topic == null ? List.of(all.getLast()) : all, topic);
    Fleet agents = new Fleet(layout, run, guarantee, threads, true);
    return rest ? new RestClients(agents, all.getFirst(), run, guarantee) : agents;
  }

  @Override
  public long pid() {
    return gateways.values().iterator().next().pid();
  }

  @Override
  public ServerUsage usage() throws IOException {
    Map<String, Long> pids = new LinkedHashMap<>();
    gateways.forEach((name, gateway) -> pids.put(name, gateway.pid()));
    return ServerUsage.read(pids, backends.postmaster(), usesRedis ? backends.redisPid() : 0);
  }

  @Override
  public Map<String, Long> cpuMicrosByThread() {
    Map<String, Long> byThread = new LinkedHashMap<>();
    gateways.forEach((_, gateway) ->
        ProcFs.cpuMicrosByThread(gateway.pid())
            .forEach((thread, micros) -> byThread.merge(thread, micros, Long::sum)));
    return byThread;
  }

  @Override
  public Map<String, Double> work() throws IOException {
    Map<String, Double> work = new LinkedHashMap<>();
    for (Gateway gateway : gateways.values()) {
      gateway.work().forEach((name, count) -> work.merge(name, count, Double::sum));
    }
    work.putAll(backends.work());
    return work;
  }

  @Override
  public Map<String, Long> refusals() throws IOException {
    Map<String, Long> refusals = new LinkedHashMap<>();
    for (Gateway gateway : gateways.values()) {
      gateway.refusals().forEach((reason, count) -> refusals.merge(reason, count, Long::sum));
    }
    return refusals;
  }

  @Override
  public boolean tellsProcessed() {
    return !rest; // an answer to a request says that it is stored
  }
}
