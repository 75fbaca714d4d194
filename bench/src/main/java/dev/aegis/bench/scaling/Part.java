package dev.aegis.bench.scaling;

/// What takes processor time of a message, and what it does for many messages at once.
enum Part {
  GATEWAY("gateways", "gatewayCpuMicrosPerMessage", "socketCalls", "socket call of an agent"),
  REDIS("Redis", "redisCpuMicrosPerMessage", "redisRequests", "request"),
  DATABASE("PostgreSQL", "databaseCpuMicrosPerMessage", "transactions", "transaction"),
  CLIENTS("agents", "clientCpuMicrosPerMessage", "socketCalls", "socket call of the gateway");

  private final String label;
  private final String figure;
  private final String calls;
  private final String callName;

  Part(String label, String figure, String calls, String callName) {
    this.label = label;
    this.figure = figure;
    this.calls = calls;
    this.callName = callName;
  }

  String label() {
    return label;
  }

  /// The name of its processor time of a message.
  String figure() {
    return figure;
  }

  /// The name of how much of its shared work belongs to a message.
  String calls() {
    return calls;
  }

  String callName() {
    return callName;
  }
}
