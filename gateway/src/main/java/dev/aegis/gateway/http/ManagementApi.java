package dev.aegis.gateway.http;

import dev.aegis.gateway.cluster.ClusterStatus;
import dev.aegis.gateway.registry.AccessRules;
import dev.aegis.gateway.registry.Registry;
import dev.aegis.gateway.router.AuditLog;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.session.Connected;
import dev.aegis.gateway.telemetry.GatewayMetrics;
import dev.aegis.gateway.telemetry.GatewayStatus;
import dev.aegis.gateway.webhook.Endpoints;
import dev.aegis.store.AgentStore;
import dev.aegis.store.ApiKeyStore;
import dev.aegis.store.MessageStore;
import dev.aegis.store.ResultStore;
import dev.aegis.store.StatisticsStore;
import java.time.InstantSource;
import java.util.List;

/// The management port: status, metrics and probes for whoever can reach it. For whoever holds the
/// admin token: enrolment, stored messages and dead letters, and as in the [RestApi] the registry,
/// API keys and rules. What it changes is audited.
public final class ManagementApi {
  private final Api api;

  public ManagementApi(
      GatewayStatus status,
      ClusterStatus cluster,
      GatewayMetrics metrics,
      AgentStore agents,
      ApiKeyStore keys,
      KeyCheck check,
      AccessRules rules,
      Idempotency idempotency,
      Connected connected,
      Registry registry,
      Router router,
      MessageStore messages,
      ResultStore results,
      StatisticsStore statistics,
      Endpoints endpoints,
      AuditLog auditLog,
      AuditResource.Store trail,
      String adminToken,
      InstantSource clock) {
    Audit audit = new Audit(auditLog);
    this.api =
        new Api(
            new RouteTable(
                List.of(
                    new ProbesResource(status, metrics),
                    new ClusterResource(cluster),
                    new AuditResource("/admin", trail, audit, clock),
                    new ErasureResource("/admin", trail, agents, messages, audit),
                    new EnrolmentResource(agents, keys, connected, registry, audit, clock),
                    new StatisticsResource("/admin", statistics, clock),
                    new StoredMessagesResource(
                        "/admin", router, agents, messages, results, endpoints, audit, clock),
                    new AgentsResource(registry, endpoints, audit),
                    new HeartbeatResource(registry, router),
                    new AgentStatusResource(connected, agents, messages),
                    new ApiKeysResource(keys, check, registry, audit, clock),
                    new AccessRulesResource(rules, audit))),
            new AdminToken(adminToken, agents::hasOrganization),
            idempotency);
  }

  HttpHandler newHandler() {
    return new HttpHandler(api);
  }
}
