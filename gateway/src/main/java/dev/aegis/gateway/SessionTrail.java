package dev.aegis.gateway;

import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SessionListener;
import dev.aegis.protocol.CloseCode;
import dev.aegis.store.EventTrail;
import dev.aegis.store.audit.AuditEvent;
import java.util.Locale;

/// Has the audit trail keep who came and went, and hands on what sessions tell.
final class SessionTrail implements SessionListener {
  private final SessionListener next;
  private final EventTrail trail;

  SessionTrail(SessionListener next, EventTrail trail) {
    this.next = next;
    this.trail = trail;
  }

  @Override
  public void opened(Session session) {
    trail.session(
        AuditEvent.SESSION_OPENED,
        session.organization(),
        session.agentId(),
        session.epoch(),
        null);
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
    trail.session(
        AuditEvent.SESSION_CLOSED,
        session.organization(),
        session.agentId(),
        session.epoch(),
        code.name().toLowerCase(Locale.ROOT).replace('_', '-'));
  }
}
