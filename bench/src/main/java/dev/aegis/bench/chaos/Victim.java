package dev.aegis.bench.chaos;

/// What is killed.
enum Victim {
  GATEWAY("gateway"),
  DATABASE("database"),
  SENDER("sender"),
  RECEIVER("receiver");

  private final String label;

  Victim(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
