package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStore;
import dev.aegis.store.Mailboxes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Whether an agent is connected here, and how much waits for it. Blocking.
final class AgentStatusResource implements Resource {
  private final Sessions sessions;
  private final AgentStore agents;
  private final Mailboxes mailboxes;

  AgentStatusResource(Sessions sessions, AgentStore agents, Mailboxes mailboxes) {
    this.sessions = sessions;
    this.agents = agents;
    this.mailboxes = mailboxes;
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
    Session session = sessions.find(id);
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("agent_id", id);
    status.put("organization", agent.organization());
    status.put("is_active", session != null);
    status.put("revoked", agent.revoked());
    if (session != null) {
      status.put("connected_at", session.openedAtMillis());
      status.put("session_epoch", session.epoch());
    }
    status.put("pending", mailboxes.depth(id).messages());
    return Reply.json(200, status);
  }
}
