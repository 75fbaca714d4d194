package dev.aegis.gateway.router;

import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.gateway.dispatch.Dispatchers;
import dev.aegis.gateway.dispatch.LaneOffer;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.Stage;
import dev.aegis.store.Accept;
import dev.aegis.store.Discard;
import dev.aegis.store.JournalEntry;
import dev.aegis.store.JournalListener;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Outcome;
import dev.aegis.store.PoolName;
import dev.aegis.store.Progress;
import dev.aegis.store.Release;
import dev.aegis.store.SignedWindow;
import dev.aegis.store.StoreException;
import dev.aegis.store.StoredMessage;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Turns what the journal reports into receipts, deliveries and records done. Called on journal
/// threads, one call at a time; only hands over to event loops: one task per sender and segment,
/// one lane item per message.
public final class JournalReports implements JournalListener {
  private static final Priority[] CLASSES = Priority.values();
  private static final long RETRY_MILLIS = 1_000;

  private final Peers peers = new Peers();
  private final Dispatchers dispatchers;
  private final GatewayCounters counters;
  private final InstantSource clock;
  private volatile OtherNodes others = OtherNodes.NONE;
  private volatile @Nullable HandOver handOver;

  public JournalReports(Dispatchers dispatchers, GatewayCounters counters, InstantSource clock) {
    this.dispatchers = dispatchers;
    this.counters = counters;
    this.clock = clock;
  }

  /// Whoever is connected elsewhere is told through these.
  void others(OtherNodes nodes) {
    others = nodes;
  }

  /// Work in pools is given out through this.
  void handOver(HandOver given) {
    handOver = given;
  }

  Peers peers() {
    return peers;
  }

  Dispatchers dispatchers() {
    return dispatchers;
  }

  GatewayCounters counters() {
    return counters;
  }

  @Override
  public void committed(List<JournalEntry> entries) {
    Map<Peer, Batch> batches = new HashMap<>();
    long now = clock.millis();
    for (JournalEntry entry : entries) {
      switch (entry) {
        case Accept accept -> accepted(accept, now, batches);
        case Discard discard -> settled(discard);
        case Progress progress -> {
          switch (progress.origin()) {
            case Origin.FromMailbox(Peer peer, long ticket) -> {
              batch(batches, peer).recorded.add(ticket);
              departed(peers, progress);
            }
            case Origin.FromMovingOn() -> departed(peers, progress);
            case Origin.FromSweeper sweeper -> {
              for (StoredMessage message : sweeper.messages()) {
                counters.count(
                    Transition.EXPIRED,
                    CLASSES[message.priority()],
                    Guarantee.fromWire(message.guarantee()));
              }
              sweeper.done().complete(true);
              tellExpired(sweeper, progress.atMillis());
            }
            case Handing handing -> handing.left();
            case null, default -> {}
          }
        }
        case Release _, SignedWindow _ -> {}
      }
    }
    batches.forEach((peer, batch) -> batch.hand(peer));
  }

  private void accepted(Accept accept, long now, Map<Peer, Batch> batches) {
    if (accept.origin() instanceof Origin.FromHanding(Handing handing)) {
      if (accept.outcome() == Outcome.STORED) {
        announce(accept); // it was counted when it was stored in the pool
      }
      handing.arrived(accept.outcome());
      return;
    }
    switch (accept.outcome()) {
      case STORED -> {
        counters.countStored(
            CLASSES[accept.priority()],
            Guarantee.fromWire(accept.guarantee()),
            now - accept.acceptedAtMillis());
        announce(accept);
        stored(accept, batches);
        HandOver pools = handOver;
        if (pools != null && PoolName.isOne(accept.recipient())) {
          pools.stored(accept);
        }
      }
      case STORED_ELSEWHERE -> {
        counters.countStored(
            CLASSES[accept.priority()],
            Guarantee.fromWire(accept.guarantee()),
            now - accept.acceptedAtMillis());
        stored(accept, batches);
      }
      case DUPLICATE -> stored(accept, batches);
      case CONFLICT ->
          refused(accept, ErrorCode.CONFLICT, "the same id was used with another body", batches);
      case SETTLED -> answer(accept.origin(), new Settlement.NotDead());
    }
  }

  private static void settled(Discard discard) {
    switch (discard.outcome()) {
      case STORED -> answer(discard.origin(), new Settlement.Done(discard.sequence()));
      case SETTLED -> answer(discard.origin(), new Settlement.NotDead());
      case STORED_ELSEWHERE, DUPLICATE, CONFLICT ->
          throw new IllegalStateException("a discard is no message");
    }
  }

  private static void answer(@Nullable Object origin, Settlement settlement) {
    if (origin instanceof Origin.FromAdmin admin) {
      admin.result().complete(settlement);
    }
  }

  private void announce(Accept accept) {
    Peer recipient = peers.find(accept.recipient());
    if (recipient == null) {
      return;
    }
    Priority priority = CLASSES[accept.priority()];
    OwedMessage message =
        new OwedMessage(
            accept.id(),
            accept.sender(),
            accept.mailboxEpoch(),
            accept.sequence(),
            priority,
            1,
            0,
            0,
            flags(accept),
            accept.acceptedAtMillis(),
            recipient.context().gate().steady().fromWall(accept.expiresAtMillis()),
            accept.envelope(),
            Guarantee.fromWire(accept.guarantee()));
    LaneOffer offer =
        dispatchers.of(recipient.session()).offer(new CommittedMessage(recipient, message));
    if (offer != LaneOffer.ACCEPTED) {
      recipient.owed().missed(priority);
    }
  }

  private void tellExpired(Origin.FromSweeper sweeper, long atMillis) {
    Map<String, List<UUID>> bySender = new HashMap<>();
    for (StoredMessage message : sweeper.messages()) {
      bySender.computeIfAbsent(message.sender(), _ -> new ArrayList<>()).add(message.id());
    }
    String mailbox = sweeper.messages().getFirst().recipient();
    String recipient = PoolName.isOne(mailbox) ? null : mailbox; // nobody had it
    bySender.forEach((sender, ids) -> {
      Control.Receipt told =
          new Control.Receipt(Stage.EXPIRED, ErrorCode.EXPIRED.wire(), ids, recipient, 0, atMillis);
      Peer waiting = peers.find(sender);
      if (waiting != null) {
        Reply.send(waiting, told);
      } else {
        others.tell(sender, told);
      }
    });
  }

  private static int flags(Accept accept) {
    return switch (accept.origin()) {
      case Origin.FromAgent agent -> agent.flags();
      case Origin.FromApi api -> api.flags();
      case Origin.FromTopic topic -> topic.flags();
      case Origin.FromAdmin admin -> admin.flags();
      case null, default -> OwedRows.header(accept.envelope()).flags(); // another node's
    };
  }

  private static void stored(Accept accept, Map<Peer, Batch> batches) {
    switch (accept.origin()) {
      case Origin.FromAgent agent -> {
        Batch batch = batch(batches, agent.peer());
        batch.count(accept);
        if (agent.wantsStored()) {
          batch.stored.add(accept.id());
        }
      }
      case Origin.FromApi api ->
          api.result()
              .complete(
                  new SubmitResult.Stored(
                      accept.mailboxEpoch(),
                      accept.sequence(),
                      accept.outcome() == Outcome.DUPLICATE));
      case Origin.FromTopic topic -> topic.publication().stored(accept.outcome());
      case Origin.FromAdmin admin ->
          admin.result().complete(new Settlement.Done(accept.sequence()));
      case null, default -> {}
    }
  }

  @Override
  public void refused(List<JournalEntry> entries, StoreException why) {
    Map<Peer, Batch> batches = new HashMap<>();
    for (JournalEntry entry : entries) {
      switch (entry) {
        case Accept accept -> refused(accept, code(why), reason(why), batches);
        case Discard discard -> answer(discard.origin(), refusal(code(why), reason(why)));
        case Progress progress -> {
          switch (progress.origin()) {
            case Origin.FromMailbox(Peer peer, long ticket) -> {
              batch(batches, peer).notRecorded.add(ticket);
              departed(peers, progress);
            }
            case Origin.FromMovingOn() -> departed(peers, progress);
            case Origin.FromSweeper sweeper -> sweeper.done().complete(false);
            case Handing handing -> handing.notLeft();
            case null, default -> {}
          }
        }
        case Release _, SignedWindow _ -> {}
      }
    }
    batches.forEach((peer, batch) -> batch.hand(peer));
  }

  /// Where the record was to move a message on from an agent, it is decided now whether it does.
  static void departed(Peers peers, Progress progress) {
    if (progress.status() == MessageStatus.MOVED) {
      long sequence = progress.ranges()[0]; // each has a record of its own
      peers.departed(progress.recipient(), progress.mailboxEpoch(), sequence);
    }
  }

  private static ErrorCode code(StoreException why) {
    return switch (why) {
      case StoreException.Full full ->
          full.mailbox() ? ErrorCode.MAILBOX_FULL : ErrorCode.OVERLOADED;
      case StoreException.Moved _,
          StoreException.Rejected _,
          StoreException.TooLong _,
          StoreException.Unavailable _ ->
          ErrorCode.STORE_UNAVAILABLE;
    };
  }

  private static String reason(StoreException why) {
    return switch (why) {
      case StoreException.Full full ->
          full.mailbox() ? "the recipient's mailbox is full" : "the gateway is out of room";
      case StoreException.Moved _,
          StoreException.Rejected _,
          StoreException.TooLong _,
          StoreException.Unavailable _ ->
          "the store is not available";
    };
  }

  private void refused(Accept accept, ErrorCode code, String reason, Map<Peer, Batch> batches) {
    if (accept.origin() instanceof Origin.FromHanding(Handing handing)) {
      handing.notArrived();
      return;
    }
    long retry = code.retryable() ? RETRY_MILLIS : 0;
    if (accept.origin() instanceof Origin.FromTopic topic) {
      if (code == ErrorCode.MAILBOX_FULL) {
        topic.publication().missed(accept.recipient());
      } else {
        topic.publication().refused(new Refused(code, reason, retry)); // which counts it once
      }
      return;
    }
    counters.countRefused(code);
    switch (accept.origin()) {
      case Origin.FromAgent agent -> {
        Batch batch = batch(batches, agent.peer());
        batch.count(accept);
        batch.refused.add(
            new Control.Refusal(code.wire(), accept.id(), reason, retry, accept.kind()));
      }
      case Origin.FromApi api ->
          api.result().complete(new SubmitResult.Refused(code, reason, retry));
      case Origin.FromAdmin admin -> admin.result().complete(refusal(code, reason));
      case null, default -> {}
    }
  }

  private static Settlement refusal(ErrorCode code, String reason) {
    return new Settlement.Refused(
        new SubmitResult.Refused(code, reason, code.retryable() ? RETRY_MILLIS : 0));
  }

  private static Batch batch(Map<Peer, Batch> batches, Peer peer) {
    return batches.computeIfAbsent(peer, unseen -> new Batch());
  }

  /// What one segment means for one agent.
  private static final class Batch {
    private final List<UUID> stored = new ArrayList<>();
    private final List<Control.Refusal> refused = new ArrayList<>();
    private final List<Long> recorded = new ArrayList<>();
    private final List<Long> notRecorded = new ArrayList<>();
    private long messages;
    private long bytes;

    void count(Accept accept) {
      messages++;
      bytes += accept.envelope().length;
    }

    void hand(Peer peer) {
      peer.onLoop(() -> {
        if (messages > 0) {
          peer.settled(new Peer.Settled(stored, refused, messages, bytes));
        }
        recorded.forEach(peer.owed()::recorded);
        notRecorded.forEach(peer.owed()::notRecorded);
      });
    }
  }
}
