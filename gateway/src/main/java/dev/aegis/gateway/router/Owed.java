package dev.aegis.gateway.router;

import dev.aegis.gateway.delivery.Decision;
import dev.aegis.gateway.delivery.Mailbox;
import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Priority;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.StoredMessage;
import java.util.ArrayDeque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what the mailbox of one connected agent decides. Confined to the session's loop, but
/// for [#missed].
final class Owed {
  private static final Logger LOG = LoggerFactory.getLogger(Owed.class);
  private static final Priority[] CLASSES = Priority.values();
  private static final long SHORTEST_TICK_MILLIS = 10;
  private static final long OWNING_MILLIS = 100;

  private final Peer peer;
  private final RouterContext context;
  private final OwedRows rows;
  private final Gaps gaps;
  private final MailboxRecords records;
  private final Mailbox mailbox;
  private final ArrayDeque<OwedMessage> outboxFull = new ArrayDeque<>();
  private final AtomicInteger missedClasses = new AtomicInteger();
  private long tickAtMillis = Long.MAX_VALUE;
  private boolean waitsToOwn;

  Owed(Peer peer) {
    this.peer = peer;
    this.context = peer.context();
    this.rows = new OwedRows(context, peer.agentId());
    this.gaps = new Gaps(peer);
    this.records = new MailboxRecords(peer);
    this.mailbox =
        new Mailbox(
            context.settings().mailbox(),
            context.settings().retries(),
            context.held(),
            new SplittableRandom(context.ids().next().getLeastSignificantBits()),
            this::carryOut,
            records::count);
    if (peer.session().pulls()) {
      mailbox.want(0, now());
    }
  }

  void start(Mailboxes.Depth depth) {
    mailbox.leaving(context.peers().departures().of(peer.agentId(), depth.epoch()));
    mailbox.connected(
        depth.epoch(),
        depth.nextSequence(),
        depth.messages() == 0,
        peer.session().login().mailboxEpoch(),
        peer.session().login().mailboxCursor(),
        now());
    if (depth.epoch() != 0 && peer.session().login().mailboxEpoch() == depth.epoch()) {
      gaps.tellBehind(depth.epoch(), peer.session().login().mailboxCursor());
    }
    scheduleTick();
  }

  /// The sweeper found that the time of these has passed.
  void expired(List<StoredMessage> ended) {
    for (OwedMessage message : rows.owed(ended)) {
      mailbox.expired(message, now());
    }
    scheduleTick();
  }

  /// The message is to be somebody else's, unless it is on its way.
  void moveOn(OwedMessage message, String target) {
    if (!mailbox.moveOn(message, target, now())) {
      context.peers().departed(peer.agentId(), message.mailboxEpoch(), message.sequence());
    }
    scheduleTick();
  }

  /// It is decided whether a message moves on that was about to when this session began.
  void departed(long epoch, long sequence) {
    boolean again = context.peers().departures().contains(peer.agentId(), epoch, sequence);
    if (epoch == mailbox.epoch() && !again) { // of the next try it is told too
      mailbox.departed(sequence, now());
      scheduleTick();
    }
  }

  void stop() {
    outboxFull.clear();
    mailbox.disconnected();
  }

  /// A message of this class was committed and could not be announced. Any thread; the flag is seen
  /// before any announcement offered afterwards.
  void missed(Priority priority) {
    int before = missedClasses.getAndUpdate(classes -> classes | 1 << priority.wire());
    if (before == 0) {
      peer.onLoop(this::absorbMissed);
    }
  }

  private void absorbMissed() {
    int classes = missedClasses.getAndSet(0);
    for (Priority priority : CLASSES) {
      if ((classes & 1 << priority.wire()) != 0) {
        mailbox.missed(priority, now());
      }
    }
  }

  void committed(OwedMessage message) {
    if (missedClasses.get() != 0) {
      absorbMissed();
    }
    mailbox.committed(message, now());
    scheduleTick();
  }

  /// The agent, which pulls, takes so many more.
  void want(int messages) {
    mailbox.want(messages, now());
    scheduleTick();
  }

  /// How many messages are on their way.
  int unacknowledged() {
    return mailbox.unacknowledged();
  }

  void acked(Control.Ack ack) {
    switch (ack.stage()) {
      case DELIVERED, PROCESSED -> {
        mailbox.acked(ack.stage(), ack.mailboxEpoch(), ack.sequences(), now());
        scheduleTick();
      }
      case STORED, FAILED, EXPIRED, DEAD ->
          peer.refuse(ErrorCode.INVALID_FIELD, "stage", ack.kind().wire());
    }
  }

  void nacked(Control.Nack nack) {
    int code = ErrorCode.fromWire(nack.code()).orElse(ErrorCode.HANDLER_FAILED).wire();
    mailbox.nacked(nack.mailboxEpoch(), nack.sequence(), code, nack.retryAfterMillis(), now());
    scheduleTick();
  }

  void recorded(long ticket) {
    mailbox.recordCommitted(ticket, now());
    scheduleTick();
  }

  void notRecorded(long ticket) {
    mailbox.recordRefused(ticket, now());
    scheduleTick();
  }

  /// The outbox may have room again.
  void writable() {
    while (!outboxFull.isEmpty() && offer(outboxFull.peek())) {
      outboxFull.remove();
    }
    if (!outboxFull.isEmpty()) {
      awaitOwning();
    }
  }

  private void carryOut(Decision decision) {
    switch (decision) {
      case Decision.Deliver(OwedMessage message) -> deliver(message);
      case Decision.LoadPage page -> load(page);
      case Decision.LoadOpen open -> load(open);
      case Decision.Skip(var sequences, int code) -> gaps.tell(mailbox.epoch(), sequences, code);
      case Decision.Persist record -> {
        if (!records.offer(mailbox.epoch(), record)) {
          notRecorded(record.ticket());
        }
      }
      case Decision.SendReceipt receipt -> sendReceipt(receipt);
      case Decision.Confirm(var stage, var sequences) -> {
        if (peer.session().isOpen()) {
          peer.control(new Control.Confirm(stage, mailbox.epoch(), sequences));
        }
      }
    }
  }

  private void deliver(OwedMessage message) {
    if (!outboxFull.isEmpty() || !offer(message)) {
      outboxFull.add(message); // at most the mailbox's window
      awaitOwning();
    }
    peer.touch();
  }

  /// What is not delivered because the mailbox may be another node's by now is, once it is certain
  /// that it is not.
  private void awaitOwning() {
    if (!waitsToOwn && !context.others().owns()) {
      waitsToOwn = true;
      peer.session()
          .loop()
          .schedule(
              () -> {
                waitsToOwn = false;
                writable();
                peer.touch();
              },
              OWNING_MILLIS,
              TimeUnit.MILLISECONDS);
    }
  }

  private boolean offer(OwedMessage message) {
    if (!context.others().owns()) {
      return false;
    }
    byte[] delivery =
        EnvelopeCodec.encodeDelivery(
            message.mailboxEpoch(),
            message.sequence(),
            message.attempt(),
            message.acceptedAtMillis(),
            message.envelope(),
            0,
            message.envelope().length);
    boolean taken = peer.session().outbox().offer(message.priority(), delivery);
    if (!taken) {
      // What the channel takes now makes room; what it does not take, it reports as writable later.
      peer.session().outbox().flush();
      taken = peer.session().outbox().offer(message.priority(), delivery);
    }
    if (taken) {
      context
          .counters()
          .countDelivered(
              message.priority(),
              message.guarantee(),
              message.attempt(),
              context.gate().nowMillis() - message.acceptedAtMillis());
    }
    return taken;
  }

  private void load(Decision.LoadPage page) {
    rows.page(page)
        .whenComplete((read, failure) ->
            peer.onLoop(() -> {
              if (failure != null) {
                LOG.debug("a page of {} could not be read", peer.agentId(), failure);
                mailbox.pageFailed(now());
              } else {
                mailbox.pageLoaded(read, now());
              }
              scheduleTick();
            }));
  }

  private void load(Decision.LoadOpen open) {
    rows.open(mailbox.epoch(), open)
        .whenComplete((read, failure) ->
            peer.onLoop(() -> {
              if (failure != null) {
                LOG.debug("open messages of {} could not be read", peer.agentId(), failure);
                mailbox.openFailed(now());
              } else {
                mailbox.openLoaded(read, now());
              }
              scheduleTick();
            }));
  }

  private void sendReceipt(Decision.SendReceipt receipt) {
    Control.Receipt told =
        new Control.Receipt(
            receipt.stage(),
            receipt.code(),
            receipt.ids(),
            peer.agentId(),
            0,
            context.gate().nowMillis());
    Peer sender = context.peers().find(receipt.to());
    if (sender != null) {
      Reply.send(sender, told);
    } else {
      context.others().tell(receipt.to(), told);
    }
  }

  /// Has the mailbox woken when it wants to be, unless that is arranged already.
  private void scheduleTick() {
    long wake = mailbox.wakeAtMillis();
    if (wake >= tickAtMillis || !peer.session().isOpen()) {
      return;
    }
    tickAtMillis = wake;
    long delay = Math.max(SHORTEST_TICK_MILLIS, wake - now());
    peer.session().loop().schedule(() -> tick(wake), delay, TimeUnit.MILLISECONDS);
  }

  private void tick(long arrangedFor) {
    if (tickAtMillis == arrangedFor) {
      tickAtMillis = Long.MAX_VALUE;
    }
    mailbox.tick(now());
    scheduleTick();
  }

  /// What the mailbox measures with.
  private long now() {
    return context.gate().steady().millis();
  }
}
