package dev.aegis.gateway.router;

import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.Stage;
import dev.aegis.store.Mailboxes;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connected agent to the router: what it sends ([Intake]), what it is owed ([Owed]) and what
/// it wants to hear of ([AgentSubscriptions]). Confined to the session's loop; [#onLoop] is the
/// door for others.
final class Peer {
  private static final Logger LOG = LoggerFactory.getLogger(Peer.class);

  private final Session session;
  private final RouterContext context;
  private final Intake intake;
  private final Owed owed;
  private final AgentSubscriptions subscriptions;

  /// Answers to what this agent sent, from any thread.
  private final Consumer<Control> replies = this::reply;

  private long login;

  /// What a journal segment made of an agent's messages.
  record Settled(List<UUID> stored, List<Control.Refusal> refused, long messages, long bytes) {}

  Peer(Session session, RouterContext context) {
    this.session = session;
    this.context = context;
    this.intake = new Intake(this);
    this.owed = new Owed(this);
    this.subscriptions = new AgentSubscriptions(this);
  }

  Session session() {
    return session;
  }

  String agentId() {
    return session.agentId();
  }

  RouterContext context() {
    return context;
  }

  Owed owed() {
    return owed;
  }

  AgentSubscriptions subscriptions() {
    return subscriptions;
  }

  Intake intake() {
    return intake;
  }

  Consumer<Control> replies() {
    return replies;
  }

  private void reply(Control control) {
    Reply.send(this, control);
  }

  /// Sees to it that the mailbox is here, which takes a while where another node has it.
  void open() {
    OtherNodes others = context.others();
    (session.yields() ? others.keep(agentId()) : others.own(agentId()))
        .whenComplete((owned, failure) ->
            onLoop(() -> {
              if (!session.isOpen()) {
                return;
              }
              if (failure != null || owned == 0) {
                session.close(CloseCode.GOING_AWAY); // it comes back, here or elsewhere
              } else {
                opened(owned);
              }
            }));
  }

  /// Registers itself, then looks at the mailbox: what is committed in between is announced.
  private void opened(long number) {
    login = number;
    context.peers().add(this);
    context.others().connected(agentId(), login);
    Mailboxes.Depth depth = context.journal().mailboxes().depth(agentId());
    RouterSettings settings = context.settings();
    control(
        new Control.Welcome(
            agentId(),
            session.token(),
            session.epoch(),
            depth.epoch(),
            depth.nextSequence(),
            session.login().capabilities() & settings.capabilities(),
            settings.limits().maxRecordBytes(),
            settings.limits().maxPayloadBytes(),
            session.signingRequired(),
            settings.heartbeatMillis(),
            settings.creditMessages(),
            settings.creditBytes(),
            context.gate().nowMillis(),
            settings.version()));
    // The first record holds the welcome alone.
    session.outbox().flush();
    owed.start(depth);
  }

  /// The agent has logged in at another node, which gets the mailbox: nothing more is delivered
  /// from it here.
  void leave() {
    owed.stop();
    session.close(CloseCode.TAKEN_OVER);
  }

  void close() {
    context.peers().remove(this);
    if (login != 0) {
      context.others().disconnected(agentId(), login);
    }
    intake.stop();
    subscriptions.close();
    owed.stop();
  }

  /// A journal segment has dealt with some of this agent's messages.
  void settled(Settled settled) {
    intake.settled(settled.messages(), settled.bytes());
    if (!session.isOpen()) {
      return;
    }
    if (!settled.stored().isEmpty()) {
      control(
          new Control.Receipt(
              Stage.STORED, 0, settled.stored(), null, 1, context.gate().nowMillis()));
    }
    settled.refused().forEach(this::control);
  }

  /// A durable message of this agent to a topic has been dealt with.
  void published(RoutingHeader header, StoredPublication.Result result) {
    intake.settled(1, header.encodedBytes());
    if (!session.isOpen()) {
      return;
    }
    Refused why = result.refused();
    if (why != null) {
      control(why.of(header));
      return;
    }
    long now = context.gate().nowMillis();
    List<UUID> id = List.of(header.id());
    if (header.wants(Message.RECEIPT_STORED)) {
      int level = result.copies() > 0 ? 1 : 0;
      control(new Control.Receipt(Stage.STORED, 0, id, null, level, now));
    }
    List<String> missed = result.missed();
    if (!missed.isEmpty()) { // one receipt, however many there are
      String recipient = missed.size() == 1 ? missed.getFirst() : null;
      int code = ErrorCode.MAILBOX_FULL.wire();
      control(new Control.Receipt(Stage.FAILED, code, id, recipient, 0, now));
    }
  }

  void control(Control envelope) {
    session.control(envelope);
    touch();
  }

  void refuse(ErrorCode code, String reason, int kind) {
    refuse(code, null, reason, kind);
  }

  void refuse(ErrorCode code, @Nullable UUID id, String reason, int kind) {
    context.counters().countRefused(code);
    control(new Control.Refusal(code.wire(), id, reason, 0, kind));
  }

  /// Has the outbox flushed with the next drain of the loop.
  void touch() {
    context.dispatchers().of(session).touch(session);
  }

  /// Runs on the session's loop; not at all once the loop has ended.
  void onLoop(Runnable task) {
    if (session.loop().inEventLoop()) {
      task.run();
      return;
    }
    try {
      session.loop().execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("event loop has ended", e);
    }
  }
}
