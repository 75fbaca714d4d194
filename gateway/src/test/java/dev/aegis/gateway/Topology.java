package dev.aegis.gateway;

/// How many gateways there are, and over which Redis.
public enum Topology {
  /// One gateway, with the database that it starts itself.
  ALONE(1),
  /// Two over a PostgreSQL and a standalone Redis.
  PAIR(2),
  /// Three over a PostgreSQL and a Redis Cluster of three masters.
  TRIO(3);

  private final int nodes;

  Topology(int nodes) {
    this.nodes = nodes;
  }

  int nodes() {
    return nodes;
  }
}
