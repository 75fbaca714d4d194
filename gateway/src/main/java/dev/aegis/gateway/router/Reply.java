package dev.aegis.gateway.router;

import dev.aegis.gateway.dispatch.LaneOffer;
import dev.aegis.gateway.dispatch.Outbound;
import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Priority;
import java.util.function.Consumer;

/// A control envelope for an agent of another loop. It waits in the lanes like everything else; one
/// that finds them full, or an agent that does not read, is counted and lost.
record Reply(Peer to, byte[] envelope) implements Outbound {
  static void send(Peer to, Control envelope) {
    Reply reply = new Reply(to, EnvelopeCodec.encode(envelope));
    if (to.context().dispatchers().of(to.session()).offer(reply) != LaneOffer.ACCEPTED) {
      to.context().counters().countLostReply();
    }
  }

  @Override
  public void recipients(Consumer<Session> each) {
    each.accept(to.session());
  }

  @Override
  public Priority priority() {
    return Priority.CRITICAL;
  }

  @Override
  public int sizeBytes() {
    return envelope.length;
  }

  @Override
  public void run(Session recipient) {
    if (recipient.outbox().choked()) {
      to.context().counters().countLostReply();
    } else if (recipient.isOpen()) {
      recipient.outbox().control(envelope);
    }
  }
}
