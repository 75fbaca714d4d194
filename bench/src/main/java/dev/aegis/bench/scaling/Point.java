package dev.aegis.bench.scaling;

import tools.jackson.databind.JsonNode;

/// What was measured of one system under one load in one round.
///
/// @param kind of messages, such as `best-effort`
/// @param system that was measured
/// @param title of the load
/// @param figures as `bench cluster` tells them
record Point(String kind, String system, String title, JsonNode figures) {
  private static final String COMPILER = "C\\d Compiler.*";

  /// Messages a second that were asked for; 0 for as many as possible.
  double asked() {
    return figures.path("settings").path("rate").asDouble();
  }

  boolean saturated() {
    return asked() == 0;
  }

  /// Not a number where there is none.
  double figure(String name) {
    JsonNode value = figures.path(name);
    return value.isNumber() ? value.asDouble() : Double.NaN;
  }

  /// How much of something belongs to one message, as the system counted it.
  double work(String name) {
    return figures.path("workPerMessage").path(name).asDouble(0);
  }

  double node(String name) {
    JsonNode value = figures.path("gatewayCpuMicrosPerMessageByNode").path(name);
    return value.isNumber() ? value.asDouble() : Double.NaN;
  }

  /// Whether the message goes through the database; else what that does meanwhile is not for it.
  boolean stored() {
    return !figures.path("guarantee").asString("").equals(Measured.BEST_EFFORT);
  }

  /// Processor time of a message, in microseconds. Without that of the JIT, where it is known: it
  /// ends, whatever the load.
  double micros(Part part) {
    if (part == Part.DATABASE && !stored()) {
      return 0;
    }
    double micros = figure(part.figure());
    if (part == Part.GATEWAY) {
      for (var thread : figures.path("gatewayCpuMicrosPerMessageByThread").properties()) {
        micros -= thread.getKey().matches(COMPILER) ? thread.getValue().asDouble() : 0;
      }
    }
    return Double.isNaN(micros) ? 0 : Math.max(0, micros);
  }
}
