package dev.aegis.gateway.dispatch;

import dev.aegis.gateway.session.Session;
import java.util.function.Consumer;

/// Work for sessions of one loop: what crosses from any thread into them.
public interface Outbound extends LaneItem {
  /// Tells whose outboxes it is for. On their loop.
  void recipients(Consumer<Session> each);

  /// Appends to the outbox of one of its recipients. On its loop; must not flush.
  void run(Session recipient);
}
