package dev.aegis.bench.server;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What gateways, what they stand on and the machine have taken up to a moment. Differences of two
/// are what an interval took.
///
/// @param gatewayCpuMicros of all gateways
/// @param databaseCpuMicros of PostgreSQL, which runs below a gateway or beside several
/// @param redisCpuMicros of Redis, 0 where there is none
/// @param machineBusyMicros of everything on this machine
/// @param gatewayCpuByNode of each gateway by its name; empty where there is only one
public record ServerUsage(
    long gatewayCpuMicros,
    long databaseCpuMicros,
    long redisCpuMicros,
    long machineBusyMicros,
    long clientCpuMicros,
    long gatewayRssBytes,
    long databaseRssBytes,
    long clientRssBytes,
    Map<String, Long> gatewayCpuByNode) {
  /// Of a gateway with its own database.
  ///
  /// @param pid the gateway's, 0 where it is not on this machine
  public static ServerUsage read(long pid) {
    long self = ProcessHandle.current().pid();
    return new ServerUsage(
        pid == 0 ? 0 : ProcFs.cpuMicros(pid),
        pid == 0 ? 0 : ProcFs.descendantsCpuMicros(pid),
        0,
        ProcFs.busyMicros(),
        ProcFs.cpuMicros(self),
        pid == 0 ? 0 : ProcFs.rssBytes(pid),
        pid == 0 ? 0 : ProcFs.descendantsRssBytes(pid),
        ProcFs.rssBytes(self),
        Map.of());
  }

  /// Of gateways over a PostgreSQL and a Redis that run beside them.
  ///
  /// @param gateways by their names
  /// @param postmaster the first process of PostgreSQL
  /// @param redis 0 where there is none
  public static ServerUsage read(Map<String, Long> gateways, long postmaster, long redis) {
    long self = ProcessHandle.current().pid();
    Map<String, Long> byNode = new LinkedHashMap<>();
    gateways.forEach((name, pid) -> byNode.put(name, ProcFs.cpuMicros(pid)));
    List<Long> pids = List.copyOf(gateways.values());
    return new ServerUsage(
        byNode.values().stream().mapToLong(Long::longValue).sum(),
        ProcFs.treeCpuMicros(postmaster),
        redis == 0 ? 0 : ProcFs.cpuMicros(redis),
        ProcFs.busyMicros(),
        ProcFs.cpuMicros(self),
        pids.stream().mapToLong(ProcFs::rssBytes).sum(),
        ProcFs.rssBytes(postmaster) + ProcFs.descendantsRssBytes(postmaster),
        ProcFs.rssBytes(self),
        byNode.size() > 1 ? byNode : Map.of());
  }

  public long serverRssBytes() {
    return gatewayRssBytes + databaseRssBytes;
  }
}
