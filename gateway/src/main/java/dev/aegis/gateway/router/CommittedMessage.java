package dev.aegis.gateway.router;

import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.gateway.dispatch.Outbound;
import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.Priority;
import java.util.function.Consumer;

/// The announcement of a stored message to its recipient's mailbox. Losing one loses no message:
/// the mailbox then reads it from the store.
record CommittedMessage(Peer to, OwedMessage message) implements Outbound {
  @Override
  public void recipients(Consumer<Session> each) {
    each.accept(to.session());
  }

  @Override
  public Priority priority() {
    return message.priority();
  }

  @Override
  public int sizeBytes() {
    return message.envelope().length;
  }

  @Override
  public void run(Session recipient) {
    to.owed().committed(message);
  }
}
