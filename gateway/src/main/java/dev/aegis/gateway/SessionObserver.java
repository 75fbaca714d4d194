package dev.aegis.gateway;

import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.CloseCode;

/// Who keeps a record of who comes and goes. Called on the session's event loop; must not block.
interface SessionObserver {
  void opened(Session session);

  void closed(Session session, CloseCode code);
}
