package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.webhook.Endpoints;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStore;
import dev.aegis.store.WebhookDelivery;
import dev.aegis.store.WebhookEndpoint;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The endpoint of an agent: its state, its secret, a try, and what was posted there. Blocking.
final class WebhooksResource implements Resource {
  private static final String WEBHOOK = "/api/v1/agents/{id}/webhook";
  private static final long GRACE_SECONDS = Duration.ofDays(1).toSeconds();
  private static final long MAX_GRACE_SECONDS = Duration.ofDays(30).toSeconds();
  private static final int MAX_CONCURRENCY = 64;

  private final Endpoints endpoints;
  private final AgentStore agents;
  private final Audit audit;

  WebhooksResource(Endpoints endpoints, AgentStore agents, Audit audit) {
    this.endpoints = endpoints;
    this.agents = agents;
    this.audit = audit;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get(WEBHOOK, this::show).needs(Scope.AGENTS_READ),
        Route.patch(WEBHOOK, this::change).needs(Scope.AGENTS_WRITE),
        Route.post(WEBHOOK + "/secret", this::rotate).needs(Scope.AGENTS_WRITE).idempotent(),
        Route.post(WEBHOOK + "/test", this::test).needs(Scope.AGENTS_WRITE),
        Route.get("/api/v1/agents/{id}/deliveries", this::deliveries)
            .needs(Scope.MESSAGES_READ)
            .query("limit", "cursor"));
  }

  private Reply show(Call call) throws ProblemException {
    return Reply.json(200, of(endpoint(call)));
  }

  private Reply change(Call call) throws ProblemException {
    Fields body = call.fields("concurrency");
    if (!body.has("concurrency")) {
      throw ProblemException.invalid("concurrency: 1 to " + MAX_CONCURRENCY + ", or null");
    }
    int concurrency = (int) body.number("concurrency", 1, MAX_CONCURRENCY, 0);
    WebhookEndpoint endpoint = endpoint(call);
    if (!endpoints.limit(endpoint.agentId(), concurrency)) {
      throw withoutSecret();
    }
    audit.done(
        call.caller(),
        "webhook-updated",
        endpoint.agentId(),
        "concurrency=" + (concurrency == 0 ? "default" : concurrency));
    return Reply.json(200, of(endpoint(call)));
  }

  private Reply rotate(Call call) throws ProblemException {
    long grace = GRACE_SECONDS;
    if (call.request().body().length > 0) {
      grace = call.fields("grace_seconds").number("grace_seconds", 0, MAX_GRACE_SECONDS, grace);
    }
    WebhookEndpoint endpoint = endpoint(call);
    String secret = endpoints.rotate(endpoint.agentId(), Duration.ofSeconds(grace));
    audit.done(
        call.caller(), "webhook-secret-rotated", endpoint.agentId(), "grace-seconds=" + grace);
    Map<String, Object> reply = of(endpoint(call));
    reply.put("webhook_secret", secret);
    return Reply.json(200, reply);
  }

  private Reply test(Call call) throws ProblemException {
    WebhookEndpoint endpoint = endpoint(call);
    if (endpoint.secret() == null) {
      throw withoutSecret();
    }
    return switch (endpoints.ping(endpoint, call.newId().get())) {
      case Endpoints.Ping.Made made -> Reply.json(200, of(made));
      case Endpoints.Ping.TooMany(long waitMillis) ->
          throw new ProblemException(
              ProblemCode.RATE_LIMITED,
              "endpoints of the organization are tried more often than they may be",
              waitMillis);
    };
  }

  private static Map<String, Object> of(Endpoints.Ping.Made ping) {
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("id", ping.id());
    reply.put("delivered", ping.error() == null);
    reply.put("duration_ms", ping.durationMillis());
    reply.put("response_code", ping.code() == 0 ? null : ping.code());
    reply.put("response_body", ping.excerpt());
    reply.put("error", ping.error());
    return reply;
  }

  private Reply deliveries(Call call) throws ProblemException {
    Agent agent = agent(call);
    Page page = Page.of(call);
    String after = page.after();
    List<WebhookDelivery> rows =
        endpoints.ofAgent(agent.id(), after == null ? Long.MAX_VALUE : number(after), page.limit());
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("deliveries", rows.stream().map(WebhookView::of).toList());
    if (rows.size() == page.limit()) {
      reply.put("next_cursor", Page.cursor(Long.toString(rows.getLast().id())));
    }
    return Reply.json(200, reply);
  }

  private static long number(String key) throws ProblemException {
    try {
      return Long.parseLong(key);
    } catch (NumberFormatException _) {
      throw Page.invalidCursor();
    }
  }

  private Map<String, Object> of(WebhookEndpoint endpoint) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("agent_id", endpoint.agentId());
    shown.put("endpoint", endpoint.url());
    shown.put("state", endpoints.state(endpoint).name().toLowerCase(Locale.ROOT).replace('_', '-'));
    shown.put("concurrency", endpoint.concurrency() == 0 ? null : endpoint.concurrency());
    shown.put(
        "old_secret_until",
        endpoint.previousSecret() == null ? null : time(endpoint.previousUntilMillis()));
    shown.put("disabled_at", time(endpoint.disabledAtMillis()));
    shown.put("disabled_reason", endpoint.disabledReason());
    return shown;
  }

  private static @Nullable String time(long millis) {
    return MessageJson.time(millis);
  }

  private WebhookEndpoint endpoint(Call call) throws ProblemException {
    return endpoints
        .find(agent(call).id())
        .orElseThrow(() ->
            new ProblemException(
                ProblemCode.UNKNOWN_WEBHOOK, "the agent is registered without an endpoint"));
  }

  private Agent agent(Call call) throws ProblemException {
    return agents
        .find(call.variable("id"))
        .filter(agent -> !agent.revoked() && call.caller().sees(agent.organization()))
        .orElseThrow(AgentsResource::unknown);
  }

  private static ProblemException withoutSecret() {
    return new ProblemException(
        ProblemCode.WEBHOOK_WITHOUT_SECRET,
        "nothing is posted there before it has a secret: POST .../webhook/secret");
  }
}
