package dev.aegis.bench.scaling;

import picocli.CommandLine.Option;

/// The machines that a larger cluster is to run on, each core taken to be as fast as one of those
/// that were measured.
final class Hardware {
  private static final double GIB = 1L << 30;

  @Option(
      names = "--node-cores",
      defaultValue = "16",
      description = "Cores of a gateway (default: ${DEFAULT-VALUE}).")
  int nodeCores;

  @Option(
      names = "--node-gib",
      defaultValue = "64",
      description = "Its memory in GiB (default: ${DEFAULT-VALUE}).")
  double nodeGib;

  @Option(
      names = "--gbit",
      defaultValue = "10",
      description = "Network of every machine, Gbit/s each way (default: ${DEFAULT-VALUE}).")
  double gbit;

  @Option(
      names = "--database-cores",
      defaultValue = "32",
      description = "Cores of a PostgreSQL (default: ${DEFAULT-VALUE}).")
  int databaseCores;

  @Option(
      names = "--wal-megabytes",
      defaultValue = "500",
      description = "What it can log and sync, MB/s (default: ${DEFAULT-VALUE}).")
  double walMegabytes;

  @Option(
      names = "--utilisation",
      defaultValue = "0.6",
      description = "How much of anything is to be used (default: ${DEFAULT-VALUE}).")
  double utilisation;

  double nodeMicros() {
    return nodeCores * 1e6 * utilisation;
  }

  double nodeBytes() {
    return nodeGib * GIB * utilisation;
  }

  double networkBytes() {
    return gbit * 1e9 / 8 * utilisation;
  }

  /// A shard of Redis has one thread that does the work.
  double shardMicros() {
    return 1e6 * utilisation;
  }

  double databaseMicros() {
    return databaseCores * 1e6 * utilisation;
  }

  double walBytes() {
    return walMegabytes * 1e6;
  }
}
