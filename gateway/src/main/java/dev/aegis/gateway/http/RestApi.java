package dev.aegis.gateway.http;

import dev.aegis.gateway.net.HttpApi;
import dev.aegis.gateway.poll.PollSessions;
import dev.aegis.gateway.registry.AccessRules;
import dev.aegis.gateway.registry.Registry;
import dev.aegis.gateway.router.AuditLog;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.session.Connected;
import dev.aegis.gateway.telemetry.RestMetrics;
import dev.aegis.gateway.webhook.Endpoints;
import dev.aegis.store.AgentStore;
import dev.aegis.store.ApiKeyStore;
import dev.aegis.store.MessageStore;
import dev.aegis.store.ResultStore;
import dev.aegis.store.StatisticsStore;
import io.netty.channel.ChannelHandler;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The REST API of the TLS port. Callers show an API key.
public final class RestApi implements HttpApi {
  private static final int MAX_BODY_BYTES = 2 * 1024 * 1024;

  private final Api api;

  public RestApi(
      Router router,
      Connected connected,
      AgentStore agents,
      ApiKeyStore keys,
      KeyCheck check,
      AccessRules rules,
      MessageStore messages,
      ResultStore results,
      PollSessions polls,
      AuditLog auditLog,
      AuditResource.Store trail,
      Idempotency idempotency,
      Registry registry,
      StatisticsStore statistics,
      Endpoints endpoints,
      RestMetrics metrics,
      InstantSource clock) {
    OpenApiResource contract = new OpenApiResource();
    this.api =
        new Api(
            table(
                contract,
                router,
                connected,
                agents,
                keys,
                check,
                rules,
                messages,
                results,
                polls,
                new Audit(auditLog),
                trail,
                registry,
                statistics,
                endpoints,
                clock),
            check,
            idempotency,
            (route, status, nanos) -> metrics.answered(name(contract, route), status, nanos));
  }

  private static String name(OpenApiResource contract, @Nullable Route route) {
    String name = route == null ? null : contract.operation(route);
    return name == null ? RestMetrics.UNKNOWN : name;
  }

  /// Everything that answers.
  static RouteTable table(
      OpenApiResource contract,
      Router router,
      Connected connected,
      AgentStore agents,
      ApiKeyStore keys,
      KeyCheck check,
      AccessRules rules,
      MessageStore messages,
      ResultStore results,
      PollSessions polls,
      Audit audit,
      AuditResource.Store trail,
      Registry registry,
      StatisticsStore statistics,
      Endpoints endpoints,
      InstantSource clock) {
    return new RouteTable(
        List.of(
            contract,
            new AgentsResource(registry, endpoints, audit),
            new WebhooksResource(endpoints, agents, audit),
            new HeartbeatResource(registry, router),
            new RegistryEventsResource(registry),
            new ApiKeysResource(keys, check, registry, audit, clock),
            new AccessRulesResource(rules, audit),
            new AuditResource("/api/v1", trail, audit, clock),
            new ErasureResource("/api/v1", trail, agents, messages, audit),
            new AgentStatusResource(connected, agents, messages),
            new SendingResource(router, clock),
            new MailboxResource(polls, agents, messages, results, registry, clock),
            new StatisticsResource("/api/v1", statistics, clock),
            new StoredMessagesResource(
                "/api/v1", router, agents, messages, results, endpoints, audit, clock)));
  }

  @Override
  public int maxBodyBytes() {
    return MAX_BODY_BYTES;
  }

  @Override
  public ChannelHandler newHandler() {
    return new HttpHandler(api);
  }
}
