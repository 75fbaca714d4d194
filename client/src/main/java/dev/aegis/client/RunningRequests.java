package dev.aegis.client;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.Message;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;

/// The requests whose handlers this agent runs, or will. Confined to the event loop.
///
/// A cancel may overtake its request, which the gateway stores first: so cancels that match nothing
/// are kept, the last [#MAX_EARLY] of them.
final class RunningRequests {
  static final int MAX_EARLY = 1_024;

  private record Key(String from, UUID id) {}

  private final String agentId;
  private final Deliveries.Client client;
  private final Map<Key, RequestContext> running = new HashMap<>();
  private final SequencedMap<Key, String> early = new LinkedHashMap<>();

  RunningRequests(String agentId, Deliveries.Client client) {
    this.agentId = agentId;
    this.client = client;
  }

  RequestContext begun(Message request) {
    RequestContext context =
        new RequestContext(
            request,
            client::execute,
            note ->
                client.offer(new Control.Progressing(request.id(), request.from(), agentId, note)));
    Key key = new Key(request.from(), request.id());
    String reason = early.get(key);
    if (reason != null) {
      context.cancel(reason);
    }
    running.put(key, context);
    return context;
  }

  void ended(RequestContext context) {
    running.remove(new Key(context.request().from(), context.request().id()), context);
  }

  /// Only the agent that asked can cancel: the gateway sees to it that nobody speaks for another.
  void cancelled(Control.Cancel cancel) {
    Key key = new Key(cancel.from(), cancel.id());
    RequestContext context = running.get(key);
    if (context != null) {
      context.cancel(cancel.reason());
      return;
    }
    early.put(key, cancel.reason());
    if (early.size() > MAX_EARLY) {
      early.pollFirstEntry();
    }
  }
}
