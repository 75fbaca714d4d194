package dev.aegis.gateway.router;

import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.ProtocolException;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.SignedWindow;
import dev.aegis.protocol.TopicName;
import dev.aegis.protocol.WindowVerifier;
import dev.aegis.store.Accept;
import dev.aegis.store.PoolName;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The signing windows of one session (PROTOCOL.md section 7): durable messages are held until
/// their window has verified and then go to the journal, with the window. Where signing is off they
/// go at once. Confined to the session's loop.
final class Signing {
  private final Peer peer;
  private final RouterContext context;
  private final @Nullable WindowVerifier verifier;
  private final List<Held> held = new ArrayList<>();

  /// An admitted durable message.
  ///
  /// @param recipient whose mailbox it is for; of a message to a topic, its address
  /// @param leaf its index in the window, -1 without one
  record Held(RoutingHeader header, String recipient, byte[] envelope, int leaf) {}

  Signing(Peer peer) {
    this.peer = peer;
    this.context = peer.context();
    Session session = peer.session();
    this.verifier =
        session.signingRequired()
            ? new WindowVerifier(
                session.key(),
                session.sessionHash(),
                context.settings().limits().maxUnsignedMessages())
            : null;
  }

  /// Counts a message in.
  ///
  /// @return its index in the open window, -1 where signing is off
  int add(byte[] buffer, int offset, int length) throws ProtocolException {
    if (verifier == null) {
      return -1;
    }
    verifier.add(buffer, offset, length);
    return verifier.pending() - 1;
  }

  /// The hash of a message that was counted in, null where signing is off.
  byte @Nullable [] digest(int leaf) {
    return verifier == null ? null : verifier.leafHash(leaf);
  }

  /// Whether messages wait for a signature.
  boolean holds() {
    return verifier != null && verifier.pending() > 0;
  }

  void accept(Held message) {
    if (verifier == null) {
      offer(message, null);
    } else {
      held.add(message);
    }
  }

  void verify(Control.WindowSignature signature) throws ProtocolException {
    if (verifier == null) {
      return; // an agent that signs without need does no harm
    }
    SignedWindow window = verifier.verify(signature);
    context.counters().countWindow();
    if (held.isEmpty()) {
      return;
    }
    UUID id = context.ids().next();
    Refused why =
        context
            .gate()
            .journal(
                context
                    .journal()
                    .offer(
                        new dev.aegis.store.SignedWindow(
                            id,
                            peer.agentId(),
                            window.sessionHash(),
                            window.firstIndex(),
                            window.leafHashes(),
                            window.signature(),
                            window.agentKey(),
                            context.gate().nowMillis())));
    for (Held message : held) {
      if (why == null) {
        offer(message, id);
      } else {
        peer.intake().refuse(message.header, why);
      }
    }
    held.clear();
  }

  void drop() {
    held.clear();
  }

  private void offer(Held message, @Nullable UUID window) {
    RoutingHeader header = message.header;
    String topic = TopicName.ofAddress(header.to());
    if (topic != null) {
      new StoredPublication(
              context,
              peer.session().organization(),
              topic,
              header,
              message.envelope,
              peer::onLoop,
              result -> peer.published(header, result))
          .store(window, message.leaf);
      return;
    }
    Accept.Builder accept =
        accept(
            header,
            message.recipient,
            message.envelope,
            context.gate().nowMillis(),
            new Origin.FromAgent(peer, header.flags()));
    if (window != null) {
      accept.window(window, message.leaf);
    } else {
      accept.digest(Unsigned.digest(message.envelope));
    }
    Refused why = context.gate().journal(context.journal().offer(accept.build()));
    if (why != null) {
      peer.intake().refuse(header, why);
    }
  }

  /// The journal's entry for a message, or for the copy of it that a recipient gets.
  static Accept.Builder accept(
      RoutingHeader header, String recipient, byte[] envelope, long now, Origin origin) {
    return Accept.of(header.id(), header.from(), recipient, envelope)
        .routing(header.kind().wire(), header.priority().wire(), header.guarantee().wire())
        .type(header.type())
        .channel(header.channel())
        .conversation(header.conversation())
        .correlation(header.correlation())
        .times(now, header.ttlMillis() == 0 ? 0 : now + header.ttlMillis())
        .routedTo(PoolName.isOne(recipient) ? header.to() : null)
        .origin(origin);
  }
}
