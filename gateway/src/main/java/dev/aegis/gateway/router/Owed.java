package dev.aegis.gateway.router;

import dev.aegis.gateway.delivery.Decision;
import dev.aegis.gateway.delivery.Mailbox;
import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Offer;
import dev.aegis.store.PageCursor;
import dev.aegis.store.Progress;
import dev.aegis.store.StoredMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what the mailbox of one connected agent decides. Confined to the session's loop, but
/// for [#missed].
final class Owed {
  private static final Logger LOG = LoggerFactory.getLogger(Owed.class);
  private static final Priority[] CLASSES = Priority.values();

  /// What is stored was admitted once, perhaps under wider limits than today's.
  private static final Limits STORED = new Limits(1 << 30, 255, Long.MAX_VALUE, 1);

  private final Peer peer;
  private final RouterContext context;
  private final Mailbox mailbox;
  private final ArrayDeque<OwedMessage> outboxFull = new ArrayDeque<>();
  private final AtomicInteger missedClasses = new AtomicInteger();
  private boolean tickScheduled;

  Owed(Peer peer) {
    this.peer = peer;
    this.context = peer.context();
    this.mailbox = new Mailbox(context.settings().mailbox(), this::carryOut);
  }

  void start(Mailboxes.Depth depth) {
    mailbox.connected(
        depth.epoch(),
        depth.nextSequence(),
        depth.messages() == 0,
        peer.session().proof().mailboxEpoch(),
        peer.session().proof().mailboxCursor(),
        now());
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
  }

  void acked(Control.Ack ack) {
    switch (ack.stage()) {
      case DELIVERED, PROCESSED ->
          mailbox.acked(ack.stage(), ack.mailboxEpoch(), ack.sequences(), now());
      case STORED, FAILED, EXPIRED, DEAD ->
          peer.refuse(ErrorCode.INVALID_FIELD, "stage", ack.kind().wire());
    }
  }

  void nacked(Control.Nack nack) {
    int code = ErrorCode.fromWire(nack.code()).orElse(ErrorCode.HANDLER_FAILED).wire();
    mailbox.nacked(nack.mailboxEpoch(), nack.sequence(), code, nack.reason(), now());
  }

  void recorded(long ticket) {
    mailbox.recordCommitted(ticket, now());
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
  }

  private void carryOut(Decision decision) {
    switch (decision) {
      case Decision.Deliver(OwedMessage message) -> deliver(message);
      case Decision.LoadPage page -> load(page);
      case Decision.Persist record -> record(record);
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
    }
    peer.touch();
  }

  private boolean offer(OwedMessage message) {
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
      context.counters().countDelivered(message.priority(), true);
    }
    return taken;
  }

  private void load(Decision.LoadPage page) {
    PageCursor after = new PageCursor(page.priority().wire(), page.afterSequence());
    context.counters().countPage();
    context
        .reads()
        .read(
            "mailbox", () -> owed(context.messages().pending(peer.agentId(), after, page.limit())))
        .whenComplete((rows, failure) ->
            peer.onLoop(() -> {
              if (failure != null) {
                LOG.debug("a page of {} could not be read", peer.agentId(), failure);
                mailbox.pageFailed(now());
                scheduleTick();
              } else {
                mailbox.pageLoaded(rows, now());
              }
            }));
  }

  private static List<OwedMessage> owed(List<StoredMessage> rows) throws EnvelopeException {
    List<OwedMessage> owed = new ArrayList<>(rows.size());
    for (StoredMessage row : rows) {
      byte[] envelope = row.envelope();
      RoutingHeader header = RoutingHeader.parse(envelope, 0, envelope.length, STORED);
      owed.add(
          new OwedMessage(
              row.id(),
              row.sender(),
              row.mailboxEpoch(),
              row.sequence(),
              header.priority(),
              row.retryCount() + 1,
              header.flags(),
              row.acceptedAtMillis(),
              row.expiresAtMillis(),
              envelope));
    }
    return owed;
  }

  private void record(Decision.Persist record) {
    MessageStatus status =
        switch (record.what()) {
          case RETURNED -> MessageStatus.PENDING;
          case DELIVERED -> MessageStatus.DELIVERED;
          case PROCESSED -> MessageStatus.PROCESSED;
          case FAILED -> MessageStatus.FAILED;
          case EXPIRED -> MessageStatus.EXPIRED;
        };
    String reason = ErrorCode.fromWire(record.code()).map(ErrorCode::label).orElse(null);
    Progress progress =
        new Progress(
            peer.agentId(),
            mailbox.epoch(),
            record.sequences().bounds(),
            status,
            reason,
            now(),
            new Origin.FromMailbox(peer, record.ticket()));
    if (context.journal().offer(progress) != Offer.ACCEPTED) {
      notRecorded(record.ticket());
    }
  }

  private void sendReceipt(Decision.SendReceipt receipt) {
    context.counters().countReached(receipt.stage(), receipt.ids().size());
    Peer sender = context.peers().find(receipt.to());
    if (sender != null) {
      Reply.send(
          sender,
          new Control.Receipt(
              receipt.stage(), receipt.code(), receipt.ids(), peer.agentId(), 0, now()));
    }
  }

  private void scheduleTick() {
    if (!tickScheduled && peer.session().isOpen()) {
      tickScheduled = true;
      long delay = context.settings().mailbox().retryMillis();
      peer.session().loop().schedule(this::tick, delay, TimeUnit.MILLISECONDS);
    }
  }

  private void tick() {
    tickScheduled = false;
    mailbox.tick(now());
  }

  private long now() {
    return context.gate().nowMillis();
  }
}
