package dev.aegis.bench.scaling;

/// What a scenario needs.
///
/// @param nodesByCpu gateways, by the processor time that all of them take
/// @param nodesByMemory by the memory of the connections
/// @param nodesByNetwork by the bytes to agents, Redis and PostgreSQL
/// @param nodesByConnections by `network.max-connections`
/// @param gatewayCores all of them together, fully used
/// @param redisRequestsPerSecond of all nodes
/// @param redisCores fully used
/// @param redisBytesPerSecond in and out
/// @param shards of Redis
/// @param databaseCores fully used
/// @param walBytesPerSecond what PostgreSQL logs
/// @param databases how many PostgreSQL that would be; the design has one
record Needs(
    Scenario scenario,
    int nodesByCpu,
    int nodesByMemory,
    int nodesByNetwork,
    int nodesByConnections,
    double gatewayCores,
    double redisRequestsPerSecond,
    double redisCores,
    double redisBytesPerSecond,
    int shards,
    double databaseCores,
    double walBytesPerSecond,
    int databases) {
  int nodes() {
    return Math.max(
        Math.max(nodesByCpu, nodesByMemory), Math.max(nodesByNetwork, nodesByConnections));
  }
}
