package dev.aegis.gateway.dispatch;

import dev.aegis.gateway.session.Session;
import io.netty.util.concurrent.EventExecutor;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;

/// The dispatcher of every event loop. Thread-safe.
public final class Dispatchers {
  private final LaneBounds bounds;
  private final ConcurrentHashMap<EventExecutor, Dispatcher> byLoop = new ConcurrentHashMap<>();

  public Dispatchers(LaneBounds bounds) {
    this.bounds = bounds;
  }

  /// The one that belongs to the session's loop.
  public Dispatcher of(Session session) {
    return of(session.loop());
  }

  /// The one of a loop.
  public Dispatcher of(EventExecutor loop) {
    Dispatcher known = byLoop.get(loop); // for computeIfAbsent may lock
    return known != null
        ? known
        : byLoop.computeIfAbsent(loop, made -> new Dispatcher(made, bounds));
  }

  /// A live view, for metrics.
  public Collection<Dispatcher> all() {
    return byLoop.values();
  }
}
