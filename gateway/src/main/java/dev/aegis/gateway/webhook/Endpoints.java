package dev.aegis.gateway.webhook;

import dev.aegis.store.WebhookDelivery;
import dev.aegis.store.WebhookEndpoint;
import dev.aegis.store.WebhookLogStore;
import dev.aegis.store.WebhookStore;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The endpoints of agents, for whoever looks after them: sets and changes them, says their state,
/// tries them, and lists what was posted there. Messages are posted by [Webhooks]. Thread-safe;
/// blocks.
public final class Endpoints {
  private final WebhookSettings settings;
  private final WebhookStore store;
  private final WebhookLogStore logStore;
  private final Poster poster;
  private final Map<String, Served> served;
  private final Runnable changed;
  private final LongSupplier steadyMillis;
  private final PingLimit pings = new PingLimit();

  /// @param served whose messages are posted from here, by agent; only read
  /// @param changed told after every change, so that it counts at once
  Endpoints(
      WebhookSettings settings,
      WebhookStore store,
      WebhookLogStore logStore,
      Poster poster,
      Map<String, Served> served,
      Runnable changed,
      LongSupplier steadyMillis) {
    this.settings = settings;
    this.store = store;
    this.logStore = logStore;
    this.poster = poster;
    this.served = served;
    this.changed = changed;
    this.steadyMillis = steadyMillis;
  }

  /// Whether such an endpoint could be posted to at all, as far as its URL says.
  public boolean accepts(String url) {
    URI uri = Target.uri(url);
    return uri != null
        && ("https".equalsIgnoreCase(uri.getScheme())
            || (settings.http() && "http".equalsIgnoreCase(uri.getScheme())));
  }

  /// An agent has this endpoint from now on, or none.
  ///
  /// @return the secret that signs what is posted there, if it is a new one; it is not told again
  public @Nullable String set(String agentId, @Nullable String url) {
    String secret = null;
    if (url == null) {
      store.remove(agentId);
    } else {
      secret = store.set(agentId);
    }
    changed.run();
    return secret;
  }

  /// Gives an endpoint another secret.
  ///
  /// @param keep how long the old one signs as well
  /// @return the secret; it is not told again
  public String rotate(String agentId, Duration keep) {
    String secret = store.rotate(agentId, keep.toMillis());
    changed.run();
    return secret;
  }

  /// @param concurrency requests at a time, 0 for as many as is usual
  /// @return false where there is no secret yet
  public boolean limit(String agentId, int concurrency) {
    boolean done = store.limit(agentId, concurrency);
    changed.run();
    return done;
  }

  public Optional<WebhookEndpoint> find(String agentId) {
    return store.find(agentId);
  }

  /// What an endpoint is in, at this node.
  public enum State {
    /// Messages are posted as they come.
    READY,
    /// It has no secret yet.
    NO_SECRET,
    /// Its URL is none that may be posted to.
    NOT_ALLOWED,
    /// Its agent is inactive.
    INACTIVE,
    /// Its server said that it is gone.
    DISABLED,
    /// Its server has asked for a pause.
    PAUSED,
    /// Requests to its host fail, and are tried now and then.
    FAILING
  }

  public State state(WebhookEndpoint endpoint) {
    if (!endpoint.active()) {
      return State.INACTIVE;
    }
    if (endpoint.disabledAtMillis() != 0) {
      return State.DISABLED;
    }
    if (!accepts(endpoint.url())) {
      return State.NOT_ALLOWED;
    }
    if (endpoint.secret() == null) {
      return State.NO_SECRET;
    }
    Served agent = served.get(endpoint.agentId());
    Target target = agent == null ? null : agent.target();
    if (agent != null && agent.pauses(steadyMillis.getAsLong())) {
      return State.PAUSED;
    }
    return target != null && target.breaker().isOpen() ? State.FAILING : State.READY;
  }

  /// Attempts to post a message, the oldest first.
  public List<WebhookDelivery> ofMessage(UUID id) {
    return logStore.ofMessage(id);
  }

  /// Attempts to post an agent's messages, the newest first.
  public List<WebhookDelivery> ofAgent(String agentId, long beforeId, int limit) {
    return logStore.ofAgent(agentId, beforeId, limit);
  }

  /// What came of wanting to try an endpoint.
  public sealed interface Ping {
    /// It was tried.
    ///
    /// @param code 0 where there was no answer
    /// @param error null where it was taken
    record Made(
        UUID id, int durationMillis, int code, @Nullable String excerpt, @Nullable String error)
        implements Ping {}

    /// Its organization tries too many.
    record TooMany(long waitMillis) implements Ping {}
  }

  /// Posts something to an endpoint that is no message, whether it is disabled or not.
  public Ping ping(WebhookEndpoint endpoint, UUID id) {
    URI uri = Target.uri(endpoint.url());
    if (uri == null) {
      return new Ping.Made(id, 0, 0, null, Answer.Why.NOT_ALLOWED.text());
    }
    long wait = pings.begin(endpoint.organization(), System.nanoTime());
    if (wait > 0) {
      return new Ping.TooMany(wait);
    }
    try {
      return made(id, poster.ping(endpoint, uri, id));
    } finally {
      pings.end(endpoint.organization());
    }
  }

  private static Ping made(UUID id, Poster.Attempt attempt) {
    return new Ping.Made(
        id,
        attempt.durationMillis(),
        attempt.code(),
        attempt.excerpt(),
        attempt.judgement().error());
  }
}
