package dev.aegis.gateway.session;

import dev.aegis.protocol.CloseCode;

/// What a session tells the router. Every call is on the session's event loop and must not block.
public interface SessionListener {
  /// The session is authenticated and registered; the listener sends its `welcome`.
  void opened(Session session);

  /// A record was opened. The bytes belong to the listener.
  void flight(Session session, byte[] buffer, int offset, int length);

  /// The channel takes more again after it did not.
  void writable(Session session);

  /// The agent, which pulls, takes so many more messages from now on; what it asked for before and
  /// did not get is forgotten.
  void wants(Session session, int messages);

  /// How many durable messages are on their way to the agent and not acknowledged.
  int onItsWay(Session session);

  /// The connection is gone, whoever ended it.
  void closed(Session session, CloseCode code);
}
