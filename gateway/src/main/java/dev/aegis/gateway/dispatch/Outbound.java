package dev.aegis.gateway.dispatch;

import dev.aegis.gateway.session.Session;

/// Work for the loop of one recipient: what crosses from any thread into its session.
public interface Outbound extends LaneItem {
  /// Whose outbox it touches.
  Session recipient();

  /// Appends to the recipient's outbox. On its loop; must not flush.
  void run();
}
