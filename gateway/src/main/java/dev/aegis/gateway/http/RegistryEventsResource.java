package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.registry.Registry;
import dev.aegis.gateway.registry.RegistryEvent;
import dev.aegis.gateway.registry.RegistryFeed;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What happens in the registry, as server-sent events.
final class RegistryEventsResource implements Resource {
  private static final int MAX_STREAMS = 1_000;

  private final Registry registry;

  RegistryEventsResource(Registry registry) {
    this.registry = registry;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/api/v1/agents/events", this::follow)
            .needs(Scope.AGENTS_READ)
            .query("last_event_id"));
  }

  private Reply follow(Call call) throws ProblemException {
    if (registry.feed().followers() >= MAX_STREAMS) {
      throw new ProblemException(ProblemCode.OVERLOADED, "as many streams as there may be", 10_000);
    }
    String header = call.request().header("Last-Event-ID");
    String last = header == null ? call.parameter("last_event_id") : header;
    return Reply.events(sink -> open(call.caller(), last, sink));
  }

  private AutoCloseable open(Caller caller, @Nullable String last, EventStream.Sink sink) {
    RegistryFeed.Follower follower =
        new RegistryFeed.Follower() {
          @Override
          public void missed() {
            sink.send("event: reset\ndata: {}\n\n");
          }

          @Override
          public void event(RegistryEvent event) {
            if (caller.sees(event.organization())) {
              sink.send(text(event));
            }
          }
        };
    sink.send("retry: 1000\n\n");
    RegistryFeed feed = registry.feed();
    feed.follow(last, follower);
    return () -> feed.leave(follower);
  }

  private static String text(RegistryEvent event) {
    return "id: "
        + event.id()
        + "\nevent: "
        + event.kind().label()
        + "\ndata: "
        + event.json()
        + "\n\n";
  }
}
