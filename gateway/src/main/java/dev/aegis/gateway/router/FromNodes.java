package dev.aegis.gateway.router;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.store.Mailboxes;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Passes on to the agents connected here what comes from other nodes, which have admitted it. Any
/// thread; never blocks.
public final class FromNodes {
  private final RouterContext context;

  FromNodes(RouterContext context) {
    this.context = context;
  }

  /// A best-effort message to one agent.
  ///
  /// @param organization the sender's
  /// @param delivery encoded, with the envelope in it; kept
  /// @param answers takes the sender's name and what it is told where the message is dropped
  /// @throws EnvelopeException it is none
  public void bestEffort(String organization, byte[] delivery, BiConsumer<String, Control> answers)
      throws EnvelopeException {
    RoutingHeader header = header(delivery);
    bestEffort(context.peers().find(header.to()), organization, header, delivery, answers);
  }

  /// One to an agent that the accepting node has chosen.
  ///
  /// @param organization the sender's, and the only one it may reach
  /// @throws EnvelopeException it is none
  public void bestEffort(
      String agent, String organization, byte[] delivery, BiConsumer<String, Control> answers)
      throws EnvelopeException {
    Peer to = context.peers().find(agent);
    boolean theirs = to != null && to.session().organization().equals(organization);
    bestEffort(theirs ? to : null, organization, header(delivery), delivery, answers);
  }

  private void bestEffort(
      @Nullable Peer to,
      String organization,
      RoutingHeader header,
      byte[] delivery,
      BiConsumer<String, Control> answers) {
    Consumer<Control> sender = answer -> answers.accept(header.from(), answer);
    if (to == null
        || !context
            .gate()
            .authorization()
            .maySend(organization, to.session().organization(), header.type())) {
      sender.accept(BestEffort.offline(context).of(header));
      return;
    }
    long now = context.gate().steady().millis();
    Refused why = BestEffort.send(context, new BestEffort(to, sender, header, now, delivery));
    if (why != null) {
      sender.accept(why.of(header));
    }
  }

  /// A message to `*`.
  ///
  /// @param organization the sender's
  /// @throws EnvelopeException it is none
  public void broadcast(String organization, byte[] delivery) throws EnvelopeException {
    Broadcast.deliver(context, organization, header(delivery), delivery);
  }

  private RoutingHeader header(byte[] delivery) throws EnvelopeException {
    if (EnvelopeCodec.decode(delivery, 0, delivery.length) instanceof Control.Delivery message) {
      ByteBuffer envelope = message.envelope();
      return RoutingHeader.parse(
          envelope.array(),
          envelope.arrayOffset() + envelope.position(),
          envelope.remaining(),
          context.settings().limits());
    }
    throw new IllegalArgumentException("not a delivery");
  }

  /// What became of an agent's messages.
  public void tell(String agent, Control envelope) {
    Peer to = context.peers().find(agent);
    if (to != null) {
      Reply.send(to, envelope);
    }
  }

  /// A control envelope of one agent to another.
  ///
  /// @param organization the sender's, and the only one it may reach
  /// @param answers takes the sender's name and what it is told where the agent is not here
  public void pass(
      String agent, String organization, Control envelope, BiConsumer<String, Control> answers) {
    Peer to = context.peers().find(agent);
    if (to != null && to.session().organization().equals(organization)) {
      Reply.send(to, envelope);
      return;
    }
    switch (envelope) {
      case Control.Cancel cancel ->
          answers.accept(cancel.from(), Controls.offline(cancel, cancel.id()));
      case Control.Progressing progress ->
          answers.accept(progress.from(), Controls.offline(progress, progress.id()));
      default -> throw new IllegalArgumentException("not passed on: " + envelope.kind());
    }
  }

  /// Ends the agent's session here: it has logged in elsewhere. Completes when nothing more comes
  /// from its mailbox.
  public CompletionStage<?> letGo(String agent) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    Peer peer = context.peers().find(agent);
    if (peer == null) {
      done.complete(false);
      return done;
    }
    try {
      peer.session()
          .loop()
          .execute(() -> {
            peer.leave();
            done.complete(true);
          });
    } catch (RejectedExecutionException e) {
      done.complete(false); // the loop has ended, and the session with it
    }
    return done;
  }

  /// Whether nothing more fits into a mailbox of this depth.
  public boolean isFull(Mailboxes.Depth depth) {
    return context.gate().isFull(depth);
  }
}
