package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.registry.Registry;
import dev.aegis.gateway.webhook.Endpoints;
import dev.aegis.protocol.AgentId;
import dev.aegis.store.AgentStatus;
import dev.aegis.store.LiveState;
import dev.aegis.store.RegisteredAgent;
import dev.aegis.store.RegistryChange;
import dev.aegis.store.RegistryFilter;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The registry of agents: register, find, change, give another key, revoke. Blocking.
final class AgentsResource implements Resource {
  private static final String AGENT = "/api/v1/agents/{id}";
  private static final int ATTEMPTS = 5;
  private static final int MAX_NAME = 255;
  private static final int MAX_ENDPOINT = 2_048;
  private static final int KEY_BYTES = 32;
  private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /// What stands in paths where agents do, too.
  private static final Set<String> NO_IDS = Set.of("broadcast", "events");

  private final Registry registry;
  private final Endpoints endpoints;
  private final Audit audit;

  AgentsResource(Registry registry, Endpoints endpoints, Audit audit) {
    this.registry = registry;
    this.endpoints = endpoints;
    this.audit = audit;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.post("/api/v1/agents", this::register)
            .also("/api/agents")
            .needs(Scope.AGENTS_WRITE)
            .idempotent(),
        Route.get("/api/v1/agents", this::list)
            .also("/api/agents")
            .needs(Scope.AGENTS_READ)
            .query("status", "type", "state", "name", "limit", "cursor")
            .queryOften("capability"),
        Route.get(AGENT, this::show).needs(Scope.AGENTS_READ),
        Route.patch(AGENT, this::change).needs(Scope.AGENTS_WRITE),
        Route.put(AGENT, this::replace).needs(Scope.AGENTS_WRITE),
        Route.delete(AGENT, this::revoke).needs(Scope.AGENTS_WRITE),
        Route.post(AGENT + "/key", this::rotateKey).needs(Scope.AGENTS_WRITE));
  }

  private Reply register(Call call) throws ProblemException {
    Fields body =
        call.fields(
            "id", "agent_id", "name", "type", "endpoint", "capabilities", "status", "public_key");
    String id = id(body);
    RegisteredAgent.Details details =
        new RegisteredAgent.Details(
            name(body.text("name", id)),
            type(body.text("type", "agent")),
            endpoint(body.text("endpoint")),
            Capabilities.stored(body.node("capabilities")),
            status(body.text("status", AgentStatus.ACTIVE.text())));
    RegistryChange change =
        registry.register(id, call.caller().home(), details, key(body.base64("public_key")));
    RegisteredAgent agent = done(change);
    audit.done(call.caller(), "agent-added", id, "organization=" + agent.organization());
    String secret = agent.endpoint() == null ? null : endpoints.set(id, agent.endpoint());
    return AgentView.reply(201, agent, secret).with("Location", "/api/v1/agents/" + id);
  }

  /// The source's clients name an agent only; then its name, if it is fit for it, is its id.
  private static String id(Fields body) throws ProblemException {
    String id = body.text("agent_id");
    String other = body.text("id");
    if (id != null && other != null && !id.equals(other)) {
      throw ProblemException.invalid("id and agent_id are the same and may not differ");
    }
    String chosen = id != null ? id : other != null ? other : body.required("name");
    if (!AgentId.isValid(chosen) || NO_IDS.contains(chosen)) {
      throw ProblemException.invalid(
          "agent_id: letters, digits and . _ @ - only, and neither of " + NO_IDS);
    }
    return chosen;
  }

  private Reply list(Call call) throws ProblemException {
    Page page = Page.of(call);
    for (String capability : call.parameters("capability")) {
      if (!Capabilities.isName(capability)) {
        throw ProblemException.invalid("capability: a name");
      }
    }
    String status = call.parameter("status");
    String state = call.parameter("state");
    RegistryFilter filter =
        new RegistryFilter(
            call.caller().organization(),
            status == null ? null : status(status),
            call.parameter("type"),
            call.parameters("capability"),
            state == null ? null : state(state),
            call.parameter("name"));
    String after = page.after();
    List<RegisteredAgent> agents = registry.list(filter, after == null ? "" : after, page.limit());
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("agents", agents.stream().map(AgentView::of).toList());
    if (agents.size() == page.limit()) {
      reply.put("next_cursor", Page.cursor(agents.getLast().id()));
    }
    return Reply.json(200, reply);
  }

  private Reply show(Call call) throws ProblemException {
    RegisteredAgent agent = find(call);
    return Versions.isKnown(call.request(), agent.version())
        ? Reply.empty(304).with("ETag", Versions.tag(agent.version()))
        : AgentView.reply(200, agent);
  }

  private Reply change(Call call) throws ProblemException {
    Fields body = call.fields("name", "type", "endpoint", "capabilities", "status");
    for (int attempt = 1; ; attempt++) {
      RegisteredAgent agent = find(call);
      Versions.check(call.request(), agent.version());
      RegisteredAgent.Details old = agent.details();
      RegistryChange change =
          registry.update(
              agent,
              new RegisteredAgent.Details(
                  name(body.text("name", old.name())),
                  type(body.text("type", old.type())),
                  body.has("endpoint") ? endpoint(body.text("endpoint")) : old.endpoint(),
                  body.has("capabilities")
                      ? Capabilities.stored(body.node("capabilities"))
                      : old.capabilities(),
                  status(body.text("status", old.status().text()))));
      if (change instanceof RegistryChange.Stale && attempt < ATTEMPTS) {
        continue; // somebody was quicker; with If-Match it is found above
      }
      RegisteredAgent changed = done(change);
      String secret = body.has("endpoint") ? endpoints.set(changed.id(), changed.endpoint()) : null;
      return changed(call, changed, "agent-updated", secret);
    }
  }

  private Reply replace(Call call) throws ProblemException {
    Fields body =
        call.fields(
            "name",
            "type",
            "endpoint",
            "capabilities",
            "status",
            // What a GET answers may come back as it is; these say nothing.
            "id",
            "agent_id",
            "organization",
            "state",
            "connected",
            "public_key",
            "heartbeat_at",
            "created_at",
            "updated_at",
            "version");
    RegisteredAgent agent = find(call);
    Versions.require(call.request(), agent.version());
    RegistryChange change =
        registry.update(
            agent,
            new RegisteredAgent.Details(
                name(body.required("name")),
                type(body.required("type")),
                endpoint(body.text("endpoint")),
                Capabilities.stored(body.node("capabilities")),
                status(body.required("status"))));
    RegisteredAgent changed = done(change);
    String secret = endpoints.set(changed.id(), changed.endpoint());
    return changed(call, changed, "agent-updated", secret);
  }

  private Reply rotateKey(Call call) throws ProblemException {
    Fields body = call.fields("public_key");
    body.required("public_key");
    byte[] key = key(body.base64("public_key"));
    RegisteredAgent agent = find(call);
    Versions.check(call.request(), agent.version());
    if (key == null) {
      throw new IllegalStateException("it was required");
    }
    return changed(call, done(registry.rotateKey(agent, key)), "agent-key-rotated", null);
  }

  private Reply revoke(Call call) throws ProblemException {
    RegisteredAgent agent = find(call);
    Versions.check(call.request(), agent.version());
    if (!registry.revoke(agent.id(), agent.organization())) {
      throw unknown();
    }
    audit.done(call.caller(), "agent-revoked", agent.id(), null);
    return Reply.empty(204);
  }

  private Reply changed(
      Call call, RegisteredAgent agent, String action, @Nullable String webhookSecret) {
    audit.done(
        call.caller(),
        action,
        agent.id(),
        "version=" + agent.version() + " status=" + agent.status().text());
    return AgentView.reply(200, agent, webhookSecret);
  }

  private RegisteredAgent find(Call call) throws ProblemException {
    return registry
        .find(call.variable("id"))
        .filter(agent -> call.caller().sees(agent.organization()))
        .orElseThrow(AgentsResource::unknown);
  }

  static ProblemException unknown() {
    return new ProblemException(
        ProblemCode.UNKNOWN_AGENT, "no agent of that id in your organization");
  }

  private static RegisteredAgent done(RegistryChange change) throws ProblemException {
    return switch (change) {
      case RegistryChange.Done(RegisteredAgent agent) -> agent;
      case RegistryChange.IdTaken() ->
          throw new ProblemException(
              ProblemCode.AGENT_EXISTS, "there is, or was, an agent of that id");
      case RegistryChange.NameTaken() ->
          throw new ProblemException(
              ProblemCode.NAME_TAKEN, "another agent of the organization has that name");
      case RegistryChange.Stale() -> throw Versions.mismatch();
    };
  }

  private static String name(String name) throws ProblemException {
    if (name.isBlank()
        || name.length() > MAX_NAME
        || name.chars().anyMatch(Character::isISOControl)) {
      throw ProblemException.invalid("name: 1 to " + MAX_NAME + " characters");
    }
    return name;
  }

  private static String type(String type) throws ProblemException {
    if (!TYPE.matcher(type).matches()) {
      throw ProblemException.invalid("type: up to 64 letters, digits and . _ -");
    }
    return type;
  }

  private @Nullable String endpoint(@Nullable String endpoint) throws ProblemException {
    if (endpoint == null) {
      return null;
    }
    try {
      URI uri = new URI(endpoint);
      if (endpoint.length() <= MAX_ENDPOINT
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && endpoints.accepts(endpoint)) {
        return endpoint;
      }
    } catch (URISyntaxException _) {
      // Answered below.
    }
    throw ProblemException.invalid(
        "endpoint: an https URL without a user in it; http where the gateway is set to allow it");
  }

  private static AgentStatus status(String text) throws ProblemException {
    return AgentStatus.fromText(text)
        .orElseThrow(() -> ProblemException.invalid("status: active, inactive or maintenance"));
  }

  private static LiveState state(String text) throws ProblemException {
    return LiveState.fromText(text)
        .orElseThrow(() -> ProblemException.invalid("state: healthy, suspect or offline"));
  }

  private static byte @Nullable [] key(byte @Nullable [] key) throws ProblemException {
    if (key != null && key.length != KEY_BYTES) {
      throw ProblemException.invalid("public_key must be an Ed25519 key, 32 bytes in base64");
    }
    return key;
  }
}
