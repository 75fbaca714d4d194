package dev.aegis.gateway.webhook;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// What is told of posting, in `/status` and `/metrics`. Thread-safe, as is what it reads.
final class WebhookMetrics {
  private final Map<String, Served> served;
  private final Set<Served> runs;
  private final Map<String, HostBreaker> breakers;
  private final WebhookCounters counters;
  private final DeliveryLog deliveries;

  WebhookMetrics(
      Map<String, Served> served,
      Set<Served> runs,
      Map<String, HostBreaker> breakers,
      WebhookCounters counters,
      DeliveryLog deliveries) {
    this.served = served;
    this.runs = runs;
    this.breakers = breakers;
    this.counters = counters;
    this.deliveries = deliveries;
  }

  /// For `/status`. Does not block.
  Map<String, Object> status() {
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("endpoints", served.size());
    status.put("running", running());
    status.put("hostsFailing", hostsFailing());
    Map<String, Long> attempts = new LinkedHashMap<>();
    for (Judgement.Result result : Judgement.Result.values()) {
      attempts.put(result.label(), counters.attempts(result));
    }
    status.put("attempts", attempts);
    return status;
  }

  void bindTo(MeterRegistry registry) {
    Gauge.builder("aegis.webhooks.endpoints", served, Map::size)
        .description("Endpoints of agents that messages may be posted to")
        .strongReference(true)
        .register(registry);
    Gauge.builder("aegis.webhooks.running", this, WebhookMetrics::running)
        .description("Endpoints that this node posts to now")
        .strongReference(true)
        .register(registry);
    Gauge.builder("aegis.webhooks.hosts.failing", this, WebhookMetrics::hostsFailing)
        .description("Hosts that are tried only now and then, since requests failed")
        .strongReference(true)
        .register(registry);
    FunctionCounter.builder(
            "aegis.webhooks.breakers.opened", counters, WebhookCounters::breakersOpened)
        .description("How often a host began to be tried only now and then")
        .register(registry);
    FunctionCounter.builder("aegis.webhooks.log.dropped", deliveries, DeliveryLog::dropped)
        .description("Attempts that are not in the delivery log, for want of room")
        .register(registry);
    FunctionCounter.builder("aegis.webhooks.seconds", counters, c -> c.millis() / 1_000.0)
        .description("Time that attempts took, all together")
        .register(registry);
    for (Judgement.Result result : Judgement.Result.values()) {
      FunctionCounter.builder("aegis.webhooks.attempts", counters, c -> c.attempts(result))
          .description("Attempts to post a message")
          .tag("result", result.label())
          .register(registry);
    }
  }

  /// How many endpoints are posted to now.
  long running() {
    return runs.stream().filter(Served::running).count();
  }

  private long hostsFailing() {
    return breakers.values().stream().filter(HostBreaker::isOpen).count();
  }
}
