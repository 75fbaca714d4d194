package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.telemetry.GatewayMetrics;
import dev.aegis.gateway.telemetry.GatewayStatus;
import java.util.List;
import java.util.Map;

/// What the management port tells whoever can reach it: status, metrics and probes.
final class ProbesResource implements Resource {
  private final GatewayStatus status;
  private final GatewayMetrics metrics;

  ProbesResource(GatewayStatus status, GatewayMetrics metrics) {
    this.status = status;
    this.metrics = metrics;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/status", _ -> Reply.json(200, status.snapshot())),
        Route.get("/metrics", _ -> Reply.text(200, GatewayMetrics.CONTENT_TYPE, metrics.scrape())),
        Route.get("/livez", _ -> Reply.json(200, Map.of("status", "alive"))),
        Route.get("/readyz", _ -> ready()));
  }

  private Reply ready() throws ProblemException {
    String reason = status.notReady();
    if (reason != null) {
      throw new ProblemException(ProblemCode.NOT_READY, reason);
    }
    return Reply.json(200, Map.of("status", "ready"));
  }
}
