package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Address;
import dev.aegis.gateway.admission.RateLimiter;
import dev.aegis.gateway.admission.Recipient;
import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.FlightReader;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.ProtocolException;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.TextCache;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one agent sends, envelope by envelope, in the order sent. Confined to the session's loop.
///
/// Where an envelope has to wait, for credit, for a look-up of its recipient or for the agent to
/// read its answers, everything behind it waits too and reading stops: TCP pushes back, and the
/// order is kept.
final class Intake {
  private static final Logger LOG = LoggerFactory.getLogger(Intake.class);

  private final Peer peer;
  private final Session session;
  private final RouterContext context;
  private final Credit credit;
  private final YieldingWindow window;
  private final Signing signing;
  private final Controls controls;
  private final TextCache texts = new TextCache();
  private final ArrayDeque<Flight> flights = new ArrayDeque<>();
  private boolean paused;
  private boolean again;
  private boolean stopped;

  private record Flight(byte[] buffer, FlightReader reader) {}

  Intake(Peer peer) {
    this.peer = peer;
    this.session = peer.session();
    this.context = peer.context();
    RouterSettings settings = context.settings();
    this.credit =
        new Credit(
            settings.creditMessages(),
            settings.creditBytes(),
            settings.limits().maxUnsignedMessages());
    this.window =
        new YieldingWindow(
            settings.creditMessages(), context.storing(), context.gate().steady()::millis);
    this.signing = new Signing(peer);
    this.controls = new Controls(peer, signing);
  }

  void flight(byte[] buffer, int offset, int length) {
    flights.add(new Flight(buffer, new FlightReader(buffer, offset, length)));
    if (!paused) {
      proceed();
    }
  }

  void stop() {
    stopped = true;
    flights.clear();
    signing.drop();
  }

  /// Durable messages are stored, or refused.
  void settled(long messages, long bytes) {
    window.settled(messages);
    giveBack(messages, bytes);
  }

  /// Messages have been dealt with: their share of the credit comes back.
  private void giveBack(long messages, long bytes) {
    credit.giveBack(messages, bytes);
    if (stopped) {
      return;
    }
    if (paused && again) {
      resume();
    }
    raiseCredit();
  }

  private void raiseCredit() {
    Control.Credit raised = credit.raise(window);
    if (raised != null && session.isOpen()) {
      peer.control(raised);
    }
  }

  private void proceed() {
    try {
      while (!paused && !stopped && session.isOpen() && !flights.isEmpty()) {
        Flight flight = flights.element();
        if (!again && !flight.reader.next()) {
          flights.remove();
          continue;
        }
        if (congested()) {
          pause(true);
          break;
        }
        again = false;
        envelope(flight.buffer, flight.reader.offset(), flight.reader.length());
      }
    } catch (ProtocolException e) {
      end(e);
    }
    raiseCredit();
  }

  /// The agent reads again.
  void writable() {
    if (paused && again && !stopped) {
      resume();
    }
  }

  private boolean congested() {
    if (session.outbox().congested()) {
      session.outbox().flush();
    }
    return session.outbox().congested();
  }

  private void end(ProtocolException why) {
    LOG.debug("{} broke the protocol: {}", session, why.getMessage());
    if (why.closeCode() == CloseCode.BAD_SIGNATURE) {
      context.counters().countBadWindow();
      String detail = why.getMessage();
      context
          .reads()
          .read(
              "audit",
              () -> {
                context
                    .audit()
                    .append(
                        peer.session().organization(),
                        peer.agentId(),
                        "bad-signature",
                        peer.agentId(),
                        detail);
                return true;
              })
          .whenComplete((done, failure) -> {
            if (failure != null) {
              LOG.warn("no audit entry for a bad signature of {}", peer.agentId(), failure);
            }
          });
    }
    stop();
    session.close(why.closeCode());
  }

  /// Stops in front of the current envelope, or behind it where it will be finished elsewhere.
  private void pause(boolean inFront) {
    paused = true;
    again = inFront;
    session.reading(false);
    context.counters().countPausedRead();
  }

  private void resume() {
    paused = false;
    session.reading(true);
    proceed();
  }

  private void envelope(byte[] buffer, int offset, int length) throws ProtocolException {
    int wire = 0;
    try {
      Kind kind = EnvelopeCodec.kind(buffer, offset, length);
      wire = kind.wire();
      if (kind.isMessage()) {
        message(buffer, offset, length, wire);
      } else {
        controls.take(kind, buffer, offset, length);
      }
    } catch (EnvelopeException e) {
      peer.refuse(e.code(), e.reason(), wire);
    }
  }

  private void message(byte[] buffer, int offset, int length, int wire) throws ProtocolException {
    if (!credit.allows(length, signing.holds())) {
      pause(true);
      return;
    }
    credit.use(length);
    int leaf = signing.add(buffer, offset, length);
    RoutingHeader header;
    Address address;
    try {
      header = RoutingHeader.parse(buffer, offset, length, context.settings().limits(), texts);
      context.counters().countReceived(header.priority(), header.guarantee(), length);
      address = Address.parse(header.to());
    } catch (EnvelopeException e) {
      peer.refuse(e.code(), idOf(buffer, offset, length), e.reason(), wire);
      credit.giveBack(1, length);
      return;
    }
    Refused why = context.gate().sender(header, peer.agentId(), RateLimiter.Sender.SESSION);
    if (why != null) {
      refuse(header, why);
      return;
    }
    switch (address) {
      case Address.Broadcast() -> {
        Refused broadcast =
            Broadcast.send(context, session.organization(), header, buffer, offset, digest(leaf));
        if (broadcast != null) {
          refuse(header, broadcast);
        } else {
          credit.giveBack(1, length);
        }
      }
      case Address.ToTopic(String topic) -> toTopic(topic, header, leaf, buffer, offset);
      case Address.ToCapability(CapabilityAddress wanted) ->
          toCapable(
              new Work(context, session.organization(), wanted, header), leaf, buffer, offset);
      case Address.ToAgent(String to) -> toAgent(to, header, leaf, buffer, offset);
    }
  }

  private void toCapable(Work work, int leaf, byte[] buffer, int offset) {
    RoutingHeader header = work.header();
    if (header.guarantee().isDurable()) {
      Refused why = work.durable(buffer, offset);
      if (why != null) {
        refuse(header, why);
      } else {
        hold(header, work.pool(), leaf, buffer, offset);
      }
      return;
    }
    String chosen = work.connected();
    if (chosen == null) {
      refuse(header, work.nobody());
    } else {
      bestEffort(chosen, context.peers().find(chosen), header, leaf, buffer, offset);
    }
  }

  private void toTopic(String topic, RoutingHeader header, int leaf, byte[] buffer, int offset) {
    if (Publication.isReserved(topic)) {
      refuse(header, Publication.reserved());
      return;
    }
    if (header.guarantee().isDurable()) {
      hold(header, header.to(), leaf, buffer, offset);
      return;
    }
    Refused why =
        new Publication(context, session.organization(), topic, header, buffer, offset)
            .send(digest(leaf));
    if (why != null) {
      refuse(header, why);
    } else {
      credit.giveBack(1, header.encodedBytes());
    }
  }

  private void hold(RoutingHeader header, String recipient, int leaf, byte[] buffer, int offset) {
    context.counters().count(Transition.ACCEPTED, header.priority(), header.guarantee());
    window.accepted(header.priority());
    byte[] envelope = Arrays.copyOfRange(buffer, offset, offset + header.encodedBytes());
    signing.accept(new Signing.Held(header, recipient, envelope, leaf));
  }

  /// The id, where the rest of the envelope lets it be read.
  private static @Nullable UUID idOf(byte[] buffer, int offset, int length) {
    try {
      return EnvelopeCodec.decode(buffer, offset, length) instanceof dev.aegis.protocol.Message m
          ? m.id()
          : null;
    } catch (EnvelopeException e) {
      LOG.trace("no id in a refused envelope", e);
      return null;
    }
  }

  private void toAgent(String to, RoutingHeader header, int leaf, byte[] buffer, int offset) {
    Peer connected = context.peers().find(to);
    Recipient recipient =
        connected != null
            ? new Recipient.Known(connected.session().organization())
            : context.recipients().peek(to);
    if (recipient != null) {
      route(recipient, connected, header, leaf, buffer, offset);
      return;
    }
    await(
        context.recipients().load(to),
        (found, failure) -> {
          if (failure != null) {
            refuse(header, context.gate().storeUnavailable());
          } else {
            route(found, context.peers().find(to), header, leaf, buffer, offset);
          }
        });
  }

  /// Everything behind the current envelope waits for this; then it goes on, unless the session has
  /// ended.
  ///
  /// @param then told what came of it, and why nothing did
  <T> void await(CompletableFuture<T> look, BiConsumer<T, @Nullable Throwable> then) {
    pause(false);
    look.whenComplete((found, failure) ->
        peer.onLoop(() -> {
          if (!stopped) {
            then.accept(found, failure);
            resume();
          }
        }));
  }

  /// @param to the recipient's newest session, null for none here
  private void route(
      Recipient recipient,
      @Nullable Peer to,
      RoutingHeader header,
      int leaf,
      byte[] buffer,
      int offset) {
    Refused why = context.gate().recipient(header, session.organization(), recipient);
    if (why != null) {
      refuse(header, why);
      return;
    }
    if (header.guarantee().isDurable()) {
      hold(header, header.to(), leaf, buffer, offset);
      return;
    }
    bestEffort(header.to(), to, header, leaf, buffer, offset);
  }

  /// @param to the recipient's newest session, null for none here
  private void bestEffort(
      String recipient,
      @Nullable Peer to,
      RoutingHeader header,
      int leaf,
      byte[] buffer,
      int offset) {
    Recording recording =
        Recording.toAgent(
            context, session.organization(), recipient, header, buffer, offset, digest(leaf));
    if (recording == null) {
      refuse(header, Recording.full(context));
      return;
    }
    int length = header.encodedBytes();
    byte[] delivery = BestEffort.deliveryOf(buffer, offset, length, context.gate().nowMillis());
    if (to == null) {
      context
          .others()
          .bestEffort(
              session.organization(),
              recipient,
              header,
              delivery,
              passed -> {
                Refused why = BestEffort.refused(context, passed);
                recording.end(why); // here: the session's loop may have ended
                peer.onLoop(() -> passed(header, why));
              });
      return;
    }
    Refused why =
        BestEffort.send(
            context,
            new BestEffort(to, peer.replies(), header, context.gate().steady().millis(), delivery));
    recording.end(why);
    passed(header, why);
  }

  /// The hash that the open window has of a message, where the trail is to have it.
  private byte @Nullable [] digest(int leaf) {
    return context.trail() == null ? null : signing.digest(leaf);
  }

  /// A best-effort message is on its way, or is not.
  private void passed(RoutingHeader header, @Nullable Refused why) {
    if (stopped) {
      return;
    }
    if (why != null) {
      refuse(header, why);
      return;
    }
    context.counters().count(Transition.ACCEPTED, header.priority(), header.guarantee());
    giveBack(1, header.encodedBytes());
  }

  /// Tells the sender, and gives back what the message took of its credit.
  void refuse(RoutingHeader header, Refused why) {
    context.counters().countRefused(why.code());
    peer.control(why.of(header));
    credit.giveBack(1, header.encodedBytes());
  }
}
