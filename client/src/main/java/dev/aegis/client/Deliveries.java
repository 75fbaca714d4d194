package dev.aegis.client;

import dev.aegis.client.ProcessedLog.Processed;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.TextCache;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What arrives for the agent: from delivery through its handler to the ack. Confined to the event
/// loop; handlers run elsewhere.
///
/// Bounds: from [#PAUSE_AT] messages in handlers, or waiting for one, the connection is not read
/// until half are done, unless this client itself waits for an answer, which a handler may be
/// blocked on. From [#MAX_IN_HAND] a best-effort message is dropped, and a durable one, with all
/// behind it, is passed over; those are delivered again in a new session, begun once half are done.
final class Deliveries {
  static final int PAUSE_AT = 4_096;
  static final int MAX_IN_HAND = 16_384;

  private static final Logger log = LoggerFactory.getLogger(Deliveries.class);

  /// What it needs of its client; on the event loop, but for `execute`.
  interface Client {
    void execute(Runnable task);

    void control(Control envelope);

    /// Sends it if the connection takes it now.
    void offer(Control envelope);

    void scheduleFlush();

    /// Whether receipts or responses are due that a handler may be blocked on.
    boolean awaitsAnswers();

    void reading(boolean on);

    void renewSession();
  }

  /// Whose messages keep their order.
  private record Line(String from, Priority priority) {}

  /// A handler is done with a message.
  private record Ended(
      @Nullable Processed place, @Nullable RequestContext request, Handlers.Outcome outcome) {}

  /// A message in its handler.
  private record Handling(
      Deliveries deliveries,
      Line key,
      IncomingMessage incoming,
      @Nullable Processed place,
      @Nullable RequestContext request)
      implements SerialHandlers.Task {
    @Override
    public void run() {
      deliveries.ended(place, request, deliveries.handlers.handle(incoming, request));
    }
  }

  /// Told that messages will not come.
  private record Telling(Deliveries deliveries, MailboxGap gap) implements SerialHandlers.Task {
    @Override
    public Object key() {
      return GapHandler.class;
    }

    @Override
    public void run() {
      deliveries.handlers.tell(gap);
      deliveries.endedOwingNothing();
    }
  }

  private final Client client;
  private final Inbox inbox;
  private final Handlers handlers;
  private final Requests requests;
  private final SerialHandlers serial;
  private final Remembering remembering;
  private final SignsOfLife signs;
  private final RunningRequests running;
  private final Handover<Ended> ended = new Handover<>(Uplink.FULL_FLIGHT_MESSAGES);

  /// Of best-effort events and of gaps: nothing is owed to anybody, whatever came of them.
  private final AtomicInteger endedOwingNothing = new AtomicInteger();

  private final LongSupplier nanoTime;
  private final TextCache texts = new TextCache();
  private @Nullable Line lastLine;
  private int inHand;
  private long dropped;
  private boolean paused;
  private boolean passedOver;
  private boolean stopping;

  Deliveries(
      Client client,
      Inbox inbox,
      Handlers handlers,
      Requests requests,
      Remembering remembering,
      SignsOfLife signs,
      RunningRequests running,
      LongSupplier nanoTime) {
    this.client = client;
    this.serial = new SerialHandlers(() -> client.execute(client::scheduleFlush));
    this.inbox = inbox;
    this.handlers = handlers;
    this.requests = requests;
    this.remembering = remembering;
    this.signs = signs;
    this.running = running;
    this.nanoTime = nanoTime;
  }

  void opened(long mailboxEpoch, long nextSequence) {
    if (inbox.opened(mailboxEpoch, nextSequence)) {
      remembering.rewound(mailboxEpoch, nextSequence);
    }
  }

  void sessionEnded() {
    paused = false;
    passedOver = false;
  }

  /// No more is begun; what runs may end.
  void stop() {
    stopping = true;
    serial.stop();
  }

  boolean isIdle(int handlersNotWaitedFor) {
    return serial.running() <= handlersNotWaitedFor && remembering.isIdle();
  }

  boolean isHandler(Thread thread) {
    return serial.isHandler(thread);
  }

  void delivered(Control.Delivery delivery) {
    Message message = message(delivery);
    if (message == null || (stopping && message.kind() != Kind.RESPONSE)) {
      return;
    }
    IncomingMessage incoming =
        new IncomingMessage(
            message,
            delivery.attempt(),
            delivery.acceptedAtMillis(),
            delivery.mailboxEpoch(),
            delivery.sequence());
    Processed place =
        delivery.sequence() == 0
            ? null
            : new Processed(delivery.mailboxEpoch(), delivery.sequence(), message.id());
    boolean isNew = place == null ? admitted(message) : admitted(message, place);
    if (!isNew) {
      return;
    }
    if (message.kind() == Kind.RESPONSE) {
      requests.answered(incoming);
      if (place != null) {
        finished(place);
      }
      return;
    }
    inHand++;
    pace();
    RequestContext request = message.kind() == Kind.REQUEST ? running.begun(message) : null;
    serial.submit(new Handling(this, line(message), incoming, place, request));
  }

  /// Mostly the one before's.
  private Line line(Message message) {
    Line line = lastLine;
    if (line == null || line.priority != message.priority() || !line.from.equals(message.from())) {
      line = new Line(message.from(), message.priority());
      lastLine = line;
    }
    return line;
  }

  /// Any thread.
  private void ended(
      @Nullable Processed place, @Nullable RequestContext request, Handlers.Outcome outcome) {
    if (place == null && request == null) {
      endedOwingNothing();
      return;
    }
    boolean patient = place != null && outcome instanceof Handlers.Outcome.Done;
    if (ended.add(new Ended(place, request, outcome), patient)) {
      client.execute(this::takeEnded);
    }
  }

  /// Any thread.
  private void endedOwingNothing() {
    if (endedOwingNothing.getAndIncrement() == 0) {
      client.execute(this::takeEnded);
    }
  }

  /// Starts the handlers of what has been delivered.
  void begin() {
    serial.begin();
  }

  /// What has ended is asked for soon: it need not wake the loop.
  void loopComes() {
    ended.loopComes();
  }

  /// Settles the messages whose handlers have ended.
  void takeEnded() {
    int owingNothing = endedOwingNothing.getAndSet(0);
    if (owingNothing > 0) {
      inHand -= owingNothing;
      pace();
      client.scheduleFlush();
    }
    ended.drain(handler -> {
      if (handler.request != null) {
        running.ended(handler.request);
      }
      handled(handler.place, handler.outcome);
    });
  }

  private @Nullable Message message(Control.Delivery delivery) {
    try {
      Envelope envelope = EnvelopeCodec.decode(delivery.envelope(), texts);
      if (envelope instanceof Message message) {
        return message;
      }
      log.debug("a delivery was not a message but {}", envelope.kind());
    } catch (EnvelopeException e) {
      log.debug("a delivery was not a message: {}", e.reason());
    }
    if (delivery.sequence() > 0) { // or it would come again for ever
      ErrorCode why = ErrorCode.MALFORMED_ENVELOPE;
      client.control(
          new Control.Nack(
              delivery.mailboxEpoch(), delivery.sequence(), why.wire(), why.label(), 0));
      client.scheduleFlush();
    }
    return null;
  }

  /// A best-effort message: taken while there is room.
  private boolean admitted(Message message) {
    if (inHand < MAX_IN_HAND || message.kind() == Kind.RESPONSE) {
      return true;
    }
    if (dropped++ == 0) {
      log.warn("handlers do not keep up: best-effort messages are dropped");
    }
    if (message.kind() == Kind.REQUEST) {
      handlers.refuse(message, ErrorCode.OVERLOADED);
    }
    return false;
  }

  /// A durable message: handled if it is new, acknowledged again if it was finished.
  private boolean admitted(Message message, Processed place) {
    boolean response = message.kind() == Kind.RESPONSE; // somebody may be blocked on it
    if (!response && (passedOver || inHand >= MAX_IN_HAND)) {
      passedOver = true; // also those behind it, or they would overtake it
      return false;
    }
    long every = signs.everyNanos(message);
    Inbox.Arrival arrival =
        inbox.arrived(place, message.wants(Message.RECEIPT_DELIVERED), every, nanoTime.getAsLong());
    client.scheduleFlush();
    return switch (arrival) {
      case NEW -> {
        signs.taken(every);
        yield true;
      }
      case HANDLING, FINISHED -> false;
      case NO_ROOM -> {
        passedOver = true;
        yield false;
      }
    };
  }

  private void handled(@Nullable Processed place, Handlers.Outcome outcome) {
    inHand--;
    pace();
    if (place != null) {
      switch (outcome) {
        case Handlers.Outcome.Done(CompletableFuture<Void> accepted) ->
            accepted.whenComplete((_, why) -> {
              if (why == null || why instanceof RefusedException) { // not if the client has ended
                finished(place);
              }
            });
        case Handlers.Outcome.Failed(ErrorCode why) -> {
          if (inbox.failed(place)) {
            client.control(
                new Control.Nack(
                    place.mailboxEpoch(), place.sequence(), why.wire(), why.label(), 0));
          }
        }
      }
    }
    client.scheduleFlush();
  }

  private void finished(Processed place) {
    if (inbox.isHandling(place)) { // or it expired meanwhile: then no confirmation would ever come
      remembering.finished(place);
    }
  }

  /// Messages that will not come count as finished, and the application is told.
  void gap(Control.Gap gap) {
    inbox.gap(gap.mailboxEpoch(), gap.sequences());
    remembering.confirmed(gap.mailboxEpoch(), gap.sequences());
    if (stopping) {
      return;
    }
    ErrorCode reason = ErrorCode.fromWire(gap.code()).orElse(ErrorCode.DISCARDED);
    MailboxGap told = new MailboxGap(gap.mailboxEpoch(), gap.sequences(), reason);
    inHand++;
    pace();
    serial.submit(new Telling(this, told));
  }

  void confirmed(Control.Confirm confirm) {
    if (inbox.confirmed(confirm.mailboxEpoch(), confirm.sequences())) {
      remembering.confirmed(confirm.mailboxEpoch(), confirm.sequences());
    }
    renewIfPassedOver();
  }

  /// Stops or resumes reading as the bounds ask. Also called when this client begins, or ends, to
  /// wait for answers.
  void pace() {
    boolean full = inHand >= PAUSE_AT || (paused && inHand > PAUSE_AT / 2);
    boolean pause = full && !client.awaitsAnswers();
    if (pause != paused) {
      paused = pause;
      client.reading(!pause);
    }
    renewIfPassedOver();
  }

  private void renewIfPassedOver() {
    if (passedOver && inHand <= MAX_IN_HAND / 2 && inbox.hasRoom(Inbox.MAX_REMEMBERED / 2)) {
      passedOver = false;
      client.renewSession();
    }
  }
}
