package dev.aegis.gateway.telemetry;

import dev.aegis.store.Database;
import dev.aegis.store.DatabaseState;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/// The metrics of the connections for queries, read from what is counted anyway.
final class DatabaseMetrics {
  private final MeterRegistry registry;
  private final Database database;

  private DatabaseMetrics(MeterRegistry registry, Database database) {
    this.registry = registry;
    this.database = database;
  }

  static void bind(MeterRegistry registry, Database database) {
    DatabaseMetrics metrics = new DatabaseMetrics(registry, database);
    metrics.connections("active", DatabaseState::active);
    metrics.connections("idle", DatabaseState::idle);
    metrics.gauge(
        "connections.waiting", "Calls that wait for a connection", DatabaseState::waiting);
    metrics.gauge("connections.limit", "Most connections for queries", DatabaseState::max);
    metrics.errors("unavailable", DatabaseState::unavailable);
    metrics.errors("rejected", DatabaseState::rejected);
  }

  private void connections(String use, ToDoubleFunction<DatabaseState> value) {
    Gauge.builder("aegis.database.connections", database, d -> value.applyAsDouble(d.state()))
        .description("Open connections for queries; the journal has three of its own")
        .tag("use", use)
        .strongReference(true)
        .register(registry);
  }

  private void gauge(String name, String text, ToDoubleFunction<DatabaseState> value) {
    Gauge.builder("aegis.database." + name, database, d -> value.applyAsDouble(d.state()))
        .description(text)
        .strongReference(true)
        .register(registry);
  }

  private void errors(String kind, ToDoubleFunction<DatabaseState> value) {
    FunctionCounter.builder("aegis.database.errors", database, d -> value.applyAsDouble(d.state()))
        .description(
            "Calls of the database that failed: it could not be reached, or will never do it")
        .tag("kind", kind)
        .register(registry);
  }
}
