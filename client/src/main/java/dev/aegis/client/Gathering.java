package dev.aegis.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One request to many agents, until enough have answered or none is left that could. Thread-safe.
final class Gathering {
  private final int needed;
  private final CompletableFuture<Gathered> result = new CompletableFuture<>();
  private final Map<String, PendingRequest> open = new HashMap<>();
  private final Map<String, IncomingMessage> replies = new LinkedHashMap<>();
  private final Map<String, AegisException> failures = new LinkedHashMap<>();

  private Gathering(int needed) {
    this.needed = needed;
  }

  /// @param ask sends the request to an agent, or throws the [AegisException] that says why not;
  ///   that agent then counts as failed
  static CompletableFuture<Gathered> of(
      Collection<String> agents, Gather gather, Function<String, PendingRequest> ask) {
    Set<String> distinct = new LinkedHashSet<>(agents);
    Gathering gathering = new Gathering(needed(gather, distinct.size()));
    gathering.start(distinct, ask);
    return gathering.result;
  }

  private static int needed(Gather gather, int agents) {
    int needed =
        switch (gather) {
          case Gather.All() -> agents;
          case Gather.Quorum(int answers) -> answers;
        };
    if (agents == 0 || needed > agents) {
      throw new IllegalArgumentException(agents + " agents are too few for " + gather);
    }
    return needed;
  }

  private void start(Set<String> agents, Function<String, PendingRequest> ask) {
    Map<String, PendingRequest> asked = new LinkedHashMap<>();
    Map<String, AegisException> unasked = new LinkedHashMap<>();
    for (String agent : agents) {
      try {
        asked.put(agent, ask.apply(agent));
      } catch (AegisException e) {
        unasked.put(agent, e);
      }
    }
    synchronized (this) {
      open.putAll(asked);
      failures.putAll(unasked);
    }
    result.whenComplete((_, _) -> cancelOpen());
    asked.forEach((agent, request) ->
        request.response().whenComplete((reply, why) -> ended(agent, reply, why)));
    settleIfDecided();
  }

  private void ended(String agent, @Nullable IncomingMessage reply, @Nullable Throwable why) {
    synchronized (this) {
      if (open.remove(agent) == null) {
        return; // cancelled by this side
      }
      if (reply != null) {
        replies.put(agent, reply);
      } else {
        failures.put(agent, failure(agent, why));
      }
    }
    settleIfDecided();
  }

  private static AegisException failure(String agent, @Nullable Throwable why) {
    return switch (why) {
      case AegisException known -> known;
      case null, default ->
          throw new IllegalStateException("the request to " + agent + " ended unheard of", why);
    };
  }

  private void settleIfDecided() {
    Gathered gathered;
    synchronized (this) {
      boolean complete = replies.size() >= needed;
      if (!complete && !open.isEmpty()) {
        return;
      }
      gathered = new Gathered(complete, replies, failures);
    }
    result.complete(gathered);
  }

  private void cancelOpen() {
    List<PendingRequest> left;
    synchronized (this) {
      left = new ArrayList<>(open.values());
      open.clear();
    }
    String why = result.isCancelled() ? "cancelled" : "enough have answered";
    left.forEach(request -> request.cancel(why));
  }
}
