package dev.aegis.bench.chaos;

/// What is done to what. Most is killed, as `kill -9` does.
enum Victim {
  GATEWAY("gateway"),
  DATABASE("database"),
  SENDER("sender"),
  RECEIVER("receiver"),
  /// Connections between agents and gateways are cut, see [Cut].
  AGENTS_CUT("agents-cut"),
  /// Connections between gateways and PostgreSQL are cut.
  DATABASE_CUT("database-cut"),
  /// A node of a cluster stands still (SIGSTOP) for longer than the others wait for it, and goes on
  /// not knowing that.
  GATEWAY_PAUSED("gateway-paused"),
  /// All servers of Redis.
  REDIS("redis"),
  /// Redis forgets everything, and runs on.
  REDIS_FLUSHED("redis-flushed"),
  /// A master of Redis, which stays away until its replica has taken its place, and then follows
  /// that one.
  REDIS_FAILOVER("redis-failover"),
  /// Connections to a server of Redis are cut, those of its replica among them.
  REDIS_CUT("redis-cut");

  private final String label;

  Victim(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
