package dev.aegis.gateway;

import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SessionListener;
import dev.aegis.protocol.CloseCode;
import java.util.List;

/// Stands before the router and tells observers who comes and goes: before the router hears of a
/// session, and after it has let go of it.
///
/// @param next the router
record ObservedSessions(SessionListener next, List<SessionObserver> observers)
    implements SessionListener {
  ObservedSessions {
    observers = List.copyOf(observers);
  }

  @Override
  public void opened(Session session) {
    observers.forEach(observer -> observer.opened(session));
    next.opened(session);
  }

  @Override
  public void flight(Session session, byte[] buffer, int offset, int length) {
    next.flight(session, buffer, offset, length);
  }

  @Override
  public void writable(Session session) {
    next.writable(session);
  }

  @Override
  public void wants(Session session, int messages) {
    next.wants(session, messages);
  }

  @Override
  public int onItsWay(Session session) {
    return next.onItsWay(session);
  }

  @Override
  public void closed(Session session, CloseCode code) {
    next.closed(session, code);
    observers.forEach(observer -> observer.closed(session, code));
  }
}
