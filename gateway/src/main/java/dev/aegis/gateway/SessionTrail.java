package dev.aegis.gateway;

import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.CloseCode;
import dev.aegis.store.EventTrail;
import dev.aegis.store.audit.AuditEvent;
import java.util.Locale;

/// Has the audit trail keep who came and went.
final class SessionTrail implements SessionObserver {
  private final EventTrail trail;

  SessionTrail(EventTrail trail) {
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
  }

  @Override
  public void closed(Session session, CloseCode code) {
    trail.session(
        AuditEvent.SESSION_CLOSED,
        session.organization(),
        session.agentId(),
        session.epoch(),
        code.name().toLowerCase(Locale.ROOT).replace('_', '-'));
  }
}
