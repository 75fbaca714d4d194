package dev.aegis.gateway.router;

import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Offer;
import dev.aegis.store.Progress;
import dev.aegis.store.StoredMessage;
import dev.aegis.store.StrandedMessage;
import java.util.List;

/// Takes work out of the mailbox of its agent, for another one. Where the agent is connected, its
/// session does so, which knows what is on its way. Blocks.
final class Leaving {
  private final RouterContext context;

  Leaving(RouterContext context) {
    this.context = context;
  }

  /// @return whether it is about to leave
  boolean begin(StrandedMessage message, String target) {
    String agent = message.recipient();
    long epoch = message.mailboxEpoch();
    long sequence = message.sequence();
    if (!context.peers().departures().begin(agent, epoch, sequence)) {
      return false;
    }
    boolean begun = false;
    try {
      List<StoredMessage> open = context.messages().load(agent, epoch, List.of(sequence));
      if (!open.isEmpty() && !open.getFirst().erased()) { // or it is finished
        begun = begin(open.getFirst(), target);
      }
    } finally {
      if (!begun) {
        context.peers().departed(agent, epoch, sequence);
      }
    }
    return begun;
  }

  private boolean begin(StoredMessage message, String target) {
    Peer connected = context.peers().find(message.recipient());
    if (connected != null) {
      OwedMessage owed =
          new OwedRows(context, message.recipient()).owed(List.of(message)).getFirst();
      connected.onLoop(() -> connected.owed().moveOn(owed, target));
      return true;
    }
    // Its row says the rest.
    return context
            .journal()
            .offer(
                Progress.of(
                    message.recipient(),
                    message.mailboxEpoch(),
                    message.sequence(),
                    MessageStatus.MOVED,
                    target,
                    context.gate().nowMillis(),
                    new Origin.FromMovingOn()))
        == Offer.ACCEPTED;
  }
}
