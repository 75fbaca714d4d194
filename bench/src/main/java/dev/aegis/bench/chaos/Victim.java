package dev.aegis.bench.chaos;

/// What is done to what. Most is killed, as `kill -9` does.
enum Victim {
  GATEWAY("gateway"),
  DATABASE("database"),
  SENDER("sender"),
  RECEIVER("receiver"),
  /// A node of a cluster stands still (SIGSTOP) for longer than the others wait for it, and goes on
  /// not knowing that.
  GATEWAY_PAUSED("gateway-paused"),
  REDIS("redis"),
  /// Redis forgets everything, and runs on.
  REDIS_FLUSHED("redis-flushed");

  private final String label;

  Victim(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
