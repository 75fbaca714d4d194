package dev.aegis.gateway.telemetry;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// Requests to the REST API by operation and what was answered, and how long the answers took. An
/// operation is here once it was called, with all classes of answers. Thread-safe.
public final class RestMetrics {
  /// Stands for whatever is no operation.
  public static final String UNKNOWN = "unknown";

  private static final double[] BOUNDS_SECONDS = {0.005, 0.025, 0.1, 0.5, 2.5, 10};
  private static final int FIRST_CLASS = 2;
  private static final int LAST_CLASS = 5;

  private final Counter requests;
  private final Histogram seconds;
  private final ConcurrentHashMap<String, Operation> operations = new ConcurrentHashMap<>();

  /// Those of one operation.
  private static final class Operation {
    final CounterDataPoint[] byClass;
    final DistributionDataPoint seconds;

    Operation(CounterDataPoint[] byClass, DistributionDataPoint seconds) {
      this.byClass = byClass;
      this.seconds = seconds;
    }
  }

  public RestMetrics(PrometheusRegistry registry) {
    requests =
        Counter.builder()
            .name("aegis_rest_requests")
            .help("Requests to the REST API, by operation and class of the answer")
            .labelNames("operation", "code")
            .withoutExemplars()
            .register(registry);
    seconds =
        Histogram.builder()
            .name("aegis_rest_request_seconds")
            .help("Until a request to the REST API was answered, or its stream began")
            .labelNames("operation")
            .classicOnly()
            .classicUpperBounds(BOUNDS_SECONDS)
            .withoutExemplars()
            .register(registry);
    operations.put(UNKNOWN, operation(UNKNOWN));
  }

  private Operation operation(String name) {
    CounterDataPoint[] byClass = new CounterDataPoint[LAST_CLASS + 1 - FIRST_CLASS];
    for (int i = 0; i < byClass.length; i++) {
      byClass[i] = requests.labelValues(name, FIRST_CLASS + i + "xx");
    }
    return new Operation(byClass, seconds.labelValues(name));
  }

  /// A request was answered.
  ///
  /// @param name of the operation, of which there are few
  public void answered(String name, int status, long nanos) {
    Operation operation = operations.computeIfAbsent(name, this::operation);
    operation.byClass[Math.clamp(status / 100, FIRST_CLASS, LAST_CLASS) - FIRST_CLASS].inc();
    operation.seconds.observe((double) nanos / TimeUnit.SECONDS.toNanos(1));
  }
}
