package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.registry.Registry;
import dev.aegis.gateway.router.Router;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// An agent without a socket says that it lives. Costs no look-up in the database for an agent that
/// was heard of in the last seconds, and no write of its own.
final class HeartbeatResource implements Resource {
  private static final long LOOK_UP_SECONDS = 10;

  private final Registry registry;
  private final Router router;

  HeartbeatResource(Registry registry, Router router) {
    this.registry = registry;
    this.router = router;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.post("/api/v1/agents/{id}/heartbeat", this::beat)
            .also("/api/agents/{id}/heartbeat")
            .needs(Scope.AGENTS_HEARTBEAT));
  }

  private Reply beat(Call call) throws ProblemException {
    String id = call.variable("id");
    if (!call.caller().speaksFor(id)) {
      throw new ProblemException(ProblemCode.FORBIDDEN, "this key speaks for another agent");
    }
    String organization;
    try {
      organization =
          router
              .organizationOf(id)
              .toCompletableFuture()
              .get(LOOK_UP_SECONDS, TimeUnit.SECONDS)
              .filter(call.caller()::sees)
              .orElseThrow(AgentsResource::unknown);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProblemException(ProblemCode.SHUTTING_DOWN, "the gateway is stopping");
    } catch (TimeoutException | ExecutionException _) {
      throw new ProblemException(
          ProblemCode.STORE_UNAVAILABLE, "the database does not answer; try again later");
    }
    registry.beat(id);
    return Reply.json(200, Map.of("id", id, "agent_id", id, "organization", organization));
  }
}
