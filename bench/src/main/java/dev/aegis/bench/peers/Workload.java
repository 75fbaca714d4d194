package dev.aegis.bench.peers;

/// What systems are compared at.
enum Workload {
  /// Best-effort at saturation.
  W1,
  /// At-least-once at saturation.
  W2,
  /// Exactly-once at saturation.
  W2X,
  /// Latency at fixed rates.
  W3,
  /// Idle connections.
  W4,
  /// One to many.
  W5,
  /// The server killed under durable load.
  W6,
  /// Priorities under overload.
  W7;

  /// As people write it.
  String label() {
    return name().replace('X', 'x');
  }
}
