package dev.aegis.gateway.router;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.ProtocolException;
import java.util.UUID;

/// What one agent sends that is no message: for its mailbox, its signing windows, its
/// subscriptions, or for the other party of a request. Confined to the session's loop.
final class Controls {
  private final Peer peer;
  private final RouterContext context;
  private final Signing signing;

  Controls(Peer peer, Signing signing) {
    this.peer = peer;
    this.context = peer.context();
    this.signing = signing;
  }

  void take(Kind kind, byte[] buffer, int offset, int length)
      throws EnvelopeException, ProtocolException {
    switch (kind) {
      case HEARTBEAT, ACK, NACK, CANCEL, SUBSCRIBE, UNSUBSCRIBE, PROGRESS, SIGNATURE ->
          take((Control) EnvelopeCodec.decode(buffer, offset, length));
      case REKEY -> peer.refuse(ErrorCode.NOT_OFFERED, "not offered in this version", kind.wire());
      case RECEIPT, ERROR, CREDIT, DELIVERY, WELCOME, GOODBYE, CONFIRM, GAP ->
          peer.refuse(ErrorCode.UNSUPPORTED_KIND, "only the gateway sends this", kind.wire());
      case REQUEST, RESPONSE, EVENT -> throw new IllegalStateException(kind + " is a message");
    }
  }

  private void take(Control envelope) throws ProtocolException {
    switch (envelope) {
      case Control.Heartbeat heartbeat -> {
        if (!heartbeat.answer()) {
          peer.control(new Control.Heartbeat(heartbeat.number(), true));
        }
      }
      case Control.Ack ack -> peer.owed().acked(ack);
      case Control.Nack nack -> peer.owed().nacked(nack);
      case Control.Cancel cancel -> pass(cancel, cancel.id(), cancel.from(), cancel.to());
      case Control.Progressing progress ->
          pass(progress, progress.id(), progress.from(), progress.to());
      case Control.Subscribe wanted -> peer.subscriptions().subscribe(wanted);
      case Control.Unsubscribe(UUID id) -> peer.subscriptions().unsubscribe(id);
      case Control.WindowSignature signature -> signing.verify(signature);
      case Control.Receipt _,
          Control.Refusal _,
          Control.Credit _,
          Control.Delivery _,
          Control.Welcome _,
          Control.Goodbye _,
          Control.Confirm _,
          Control.Gap _ ->
          throw new IllegalStateException(envelope.kind() + " is not for the gateway");
    }
  }

  /// What the sender of an envelope is told when nobody has its recipient.
  static Control.Refusal offline(Control envelope, UUID request) {
    return new Control.Refusal(
        ErrorCode.RECIPIENT_OFFLINE.wire(),
        request,
        "the recipient is not connected",
        0,
        envelope.kind().wire());
  }

  /// Passed on to the other party of a request, if it is connected.
  private void pass(Control envelope, UUID request, String from, String to) {
    int kind = envelope.kind().wire();
    if (!from.equals(peer.agentId())) {
      peer.refuse(ErrorCode.FROM_MISMATCH, request, "from is not the agent of this session", kind);
      return;
    }
    Runnable unsent =
        () -> {
          context.counters().countRefused(ErrorCode.RECIPIENT_OFFLINE);
          peer.control(offline(envelope, request));
        };
    Peer other = context.peers().find(to);
    if (other == null) {
      context.others().pass(peer.session().organization(), to, envelope, () -> peer.onLoop(unsent));
    } else if (other.session().organization().equals(peer.session().organization())) {
      Reply.send(other, envelope);
    } else {
      unsent.run();
    }
  }
}
