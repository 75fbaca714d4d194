package dev.aegis.gateway.router;

import dev.aegis.gateway.delivery.Decision;
import dev.aegis.gateway.delivery.Mailbox;
import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.store.MailboxGap;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Offer;
import dev.aegis.store.PageCursor;
import dev.aegis.store.Progress;
import dev.aegis.store.StoredMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what the mailbox of one connected agent decides. Confined to the session's loop, but
/// for [#missed].
final class Owed {
  private static final Logger LOG = LoggerFactory.getLogger(Owed.class);
  private static final Priority[] CLASSES = Priority.values();
  private static final int GAP_PAGE = 1_000;
  private static final long SHORTEST_TICK_MILLIS = 10;

  /// What is stored was admitted once, perhaps under wider limits than today's.
  static final Limits STORED = new Limits(1 << 30, 255, Long.MAX_VALUE, 1);

  private final Peer peer;
  private final RouterContext context;
  private final Mailbox mailbox;
  private final ArrayDeque<OwedMessage> outboxFull = new ArrayDeque<>();
  private final AtomicInteger missedClasses = new AtomicInteger();
  private long tickAtMillis = Long.MAX_VALUE;

  Owed(Peer peer) {
    this.peer = peer;
    this.context = peer.context();
    this.mailbox =
        new Mailbox(
            context.settings().mailbox(),
            context.settings().retries(),
            context.held(),
            new SplittableRandom(context.ids().next().getLeastSignificantBits()),
            this::carryOut,
            this::count);
  }

  void start(Mailboxes.Depth depth) {
    mailbox.connected(
        depth.epoch(),
        depth.nextSequence(),
        depth.messages() == 0,
        peer.session().proof().mailboxEpoch(),
        peer.session().proof().mailboxCursor(),
        now());
    if (depth.epoch() != 0 && peer.session().proof().mailboxEpoch() == depth.epoch()) {
      tellGaps(peer.session().proof().mailboxCursor());
    }
    scheduleTick();
  }

  /// What went without the agent, behind its cursor: a page, and the next one if there is more.
  private void tellGaps(long cursor) {
    long epoch = mailbox.epoch();
    context
        .reads()
        .read("gaps", () -> context.messages().gaps(peer.agentId(), epoch, cursor, GAP_PAGE))
        .whenComplete((gaps, failure) ->
            peer.onLoop(() -> {
              if (failure != null) {
                LOG.debug("the gaps of {} could not be read", peer.agentId(), failure);
                return;
              }
              if (gaps.isEmpty() || !peer.session().isOpen()) {
                return;
              }
              Map<Integer, List<Long>> byCode = new TreeMap<>();
              for (MailboxGap gap : gaps) {
                byCode.computeIfAbsent(codeOf(gap), _ -> new ArrayList<>()).add(gap.sequence());
              }
              byCode.forEach((code, sequences) ->
                  skip(
                      epoch,
                      SequenceRanges.of(sequences.stream().mapToLong(s -> s).toArray()),
                      code));
              if (gaps.size() == GAP_PAGE) {
                tellGaps(gaps.getLast().sequence());
              }
            }));
  }

  private static int codeOf(MailboxGap gap) {
    if (gap.status() == MessageStatus.EXPIRED) {
      return ErrorCode.EXPIRED.wire();
    }
    return ErrorCode.fromLabel(gap.reason()).orElse(ErrorCode.DISCARDED).wire();
  }

  private void skip(long epoch, SequenceRanges sequences, int code) {
    if (peer.session().isOpen()) {
      peer.control(new Control.Gap(epoch, sequences, code));
    }
  }

  /// The sweeper found that the time of these has passed.
  void expired(List<StoredMessage> rows) {
    try {
      for (OwedMessage message : owed(rows)) {
        mailbox.expired(message, now());
      }
    } catch (EnvelopeException e) {
      throw new IllegalStateException("what is stored was admitted once", e);
    }
    scheduleTick();
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
  }

  private void carryOut(Decision decision) {
    switch (decision) {
      case Decision.Deliver(OwedMessage message) -> deliver(message);
      case Decision.LoadPage page -> load(page);
      case Decision.LoadRetries retries -> load(retries);
      case Decision.Skip(var sequences, int code) -> skip(mailbox.epoch(), sequences, code);
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
              } else {
                mailbox.pageLoaded(rows, now());
              }
              scheduleTick();
            }));
  }

  private void load(Decision.LoadRetries retries) {
    long epoch = mailbox.epoch();
    context
        .reads()
        .read(
            "retries",
            () -> owed(context.messages().load(peer.agentId(), epoch, retries.sequences())))
        .whenComplete((rows, failure) ->
            peer.onLoop(() -> {
              if (failure != null) {
                LOG.debug("retries of {} could not be read", peer.agentId(), failure);
                mailbox.retriesFailed(now());
              } else {
                mailbox.retriesLoaded(rows, now());
              }
              scheduleTick();
            }));
  }

  private List<OwedMessage> owed(List<StoredMessage> rows) throws EnvelopeException {
    SteadyClock steady = context.gate().steady();
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
              row.failureCount(),
              steady.fromWall(row.retryAtMillis()),
              header.flags(),
              row.acceptedAtMillis(),
              steady.fromWall(row.expiresAtMillis()),
              envelope,
              header.guarantee()));
    }
    return owed;
  }

  private void record(Decision.Persist record) {
    MessageStatus status =
        switch (record.what()) {
          case RETURNED, RETRIED -> MessageStatus.PENDING;
          case DELIVERED -> MessageStatus.DELIVERED;
          case PROCESSED -> MessageStatus.PROCESSED;
          case FAILED -> MessageStatus.FAILED;
          case EXPIRED -> MessageStatus.EXPIRED;
          case DEAD -> MessageStatus.DEAD;
        };
    String reason = ErrorCode.fromWire(record.code()).map(ErrorCode::label).orElse(null);
    Progress progress =
        new Progress(
            peer.agentId(),
            mailbox.epoch(),
            record.sequences().bounds(),
            status,
            reason,
            context.gate().nowMillis(),
            context.gate().steady().toWall(record.retryAtMillis()),
            new Origin.FromMailbox(peer, record.ticket()));
    if (context.journal().offer(progress) != Offer.ACCEPTED) {
      notRecorded(record.ticket());
    }
  }

  private void count(
      Decision.RecordKind what, Priority priority, Guarantee guarantee, long acceptedAtMillis) {
    GatewayCounters counters = context.counters();
    switch (what) {
      case DELIVERED -> {} // counted when it was handed over, asked for or not
      case PROCESSED ->
          counters.countProcessed(
              priority, guarantee, context.gate().nowMillis() - acceptedAtMillis);
      case RETURNED -> counters.count(Transition.RETURNED, priority, guarantee);
      case RETRIED -> counters.count(Transition.RETRIED, priority, guarantee);
      case FAILED -> counters.count(Transition.FAILED, priority, guarantee);
      case EXPIRED -> counters.count(Transition.EXPIRED, priority, guarantee);
      case DEAD -> counters.count(Transition.DEAD, priority, guarantee);
    }
  }

  private void sendReceipt(Decision.SendReceipt receipt) {
    Peer sender = context.peers().find(receipt.to());
    if (sender != null) {
      Reply.send(
          sender,
          new Control.Receipt(
              receipt.stage(),
              receipt.code(),
              receipt.ids(),
              peer.agentId(),
              0,
              context.gate().nowMillis()));
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
