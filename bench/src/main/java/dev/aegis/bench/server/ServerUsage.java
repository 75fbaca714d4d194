package dev.aegis.bench.server;

import java.util.Map;

/// What a gateway, its database and the machine have taken up to a moment. Differences of two are
/// what an interval took.
///
/// @param databaseCpuMicros of the embedded PostgreSQL, which runs below the gateway
/// @param machineBusyMicros of everything on this machine
public record ServerUsage(
    long gatewayCpuMicros,
    long databaseCpuMicros,
    long machineBusyMicros,
    long clientCpuMicros,
    long gatewayRssBytes,
    long databaseRssBytes,
    long clientRssBytes,
    Map<String, Long> gatewayCpuByThread) {
  /// @param pid the gateway's, 0 where it is not on this machine
  public static ServerUsage read(long pid) {
    long self = ProcessHandle.current().pid();
    return new ServerUsage(
        pid == 0 ? 0 : ProcFs.cpuMicros(pid),
        pid == 0 ? 0 : ProcFs.descendantsCpuMicros(pid),
        ProcFs.busyMicros(),
        ProcFs.cpuMicros(self),
        pid == 0 ? 0 : ProcFs.rssBytes(pid),
        pid == 0 ? 0 : ProcFs.descendantsRssBytes(pid),
        ProcFs.rssBytes(self),
        pid == 0 ? Map.of() : ProcFs.cpuMicrosByThread(pid));
  }

  public long serverRssBytes() {
    return gatewayRssBytes + databaseRssBytes;
  }
}
