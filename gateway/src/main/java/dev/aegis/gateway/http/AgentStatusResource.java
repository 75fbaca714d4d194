package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.session.Connected;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStore;
import dev.aegis.store.MessageStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Whether an agent is connected, and how much waits for it. Blocking.
final class AgentStatusResource implements Resource {
  private final Connected connected;
  private final AgentStore agents;
  private final MessageStore messages;

  AgentStatusResource(Connected connected, AgentStore agents, MessageStore messages) {
    this.connected = connected;
    this.agents = agents;
    this.messages = messages;
  }

  @Override
  public List<Route> routes() {
    return List.of(Route.get("/api/v1/agents/{id}/status", this::status).needs(Scope.AGENTS_READ));
  }

  private Reply status(Call call) throws ProblemException {
    String id = call.variable("id");
    Agent agent =
        agents
            .find(id)
            .filter(found -> call.caller().sees(found.organization()))
            .orElseThrow(() ->
                new ProblemException(
                    ProblemCode.UNKNOWN_AGENT, "no agent of that name in your organization"));
    Optional<Connected.Connection> connection = connected.find(id);
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("agent_id", id);
    status.put("organization", agent.organization());
    status.put("is_active", connection.isPresent());
    status.put("revoked", agent.revoked());
    connection.ifPresent(open -> {
      status.put("connected_at", open.sinceMillis());
      status.put("session_epoch", open.sessionEpoch());
    });
    status.put("pending", messages.countOpen(id));
    return Reply.json(200, status);
  }
}
