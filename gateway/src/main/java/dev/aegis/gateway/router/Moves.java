package dev.aegis.gateway.router;

import dev.aegis.gateway.router.Handing.Place;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.Stage;
import dev.aegis.store.CapabilityStore;
import dev.aegis.store.Move;
import dev.aegis.store.StoreException;
import dev.aegis.store.StoredMessage;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Goes on with work that has left one mailbox and is not in the next: since a gateway ended in
/// between, a journal took no more, or the work was taken from an agent. What has lost its worth
/// meanwhile, or cannot arrive, ends. Confined to one thread; blocks.
final class Moves {
  private static final Logger LOG = LoggerFactory.getLogger(Moves.class);
  private static final int PAGE = 256;

  /// Handing out over the quick way takes less; what takes longer was interrupted.
  private static final long INTERRUPTED_MILLIS = 3_000;

  private final RouterContext context;
  private final HandOver handOver;
  private final CapabilityStore store;
  private Move.@Nullable Cursor after;

  Moves(RouterContext context, HandOver handOver, CapabilityStore store) {
    this.context = context;
    this.handOver = handOver;
    this.store = store;
  }

  /// Goes on with some.
  ///
  /// @return the mailboxes of others that are not this node's
  Set<String> finish() {
    store.settle();
    long now = context.gate().nowMillis();
    List<Move> moves = store.moving(now - INTERRUPTED_MILLIS, after, PAGE);
    after = moves.size() < PAGE ? null : moves.getLast().cursor();
    Set<String> unowned = new HashSet<>();
    for (Move move : moves) {
      StoredMessage message = move.message();
      if (!context.journal().mailboxes().owns(message.recipient())) {
        unowned.add(message.recipient());
      } else if (!handOver.isUnderWay(StoredWork.place(message))) {
        goOn(move, now);
      }
    }
    handOver.takeConflicts().forEach(this::abandon);
    return unowned;
  }

  private void goOn(Move move, long nowMillis) {
    StoredMessage head = move.message();
    try {
      if (head.expiresAtMillis() != 0 && head.expiresAtMillis() <= nowMillis) {
        expire(head);
        return;
      }
      store
          .moved(head.recipient(), head.mailboxEpoch(), head.sequence())
          .filter(message -> !message.erased()) // nobody can do what nobody can read
          .ifPresent(message ->
              handOver.complete(StoredWork.again(message), StoredWork.place(message), move.to()));
    } catch (StoreException.Unavailable e) {
      throw e;
    } catch (RuntimeException e) { // the others go on all the same
      LOG.error("work {} of {} cannot go on to {}", head.id(), head.recipient(), move.to(), e);
    }
  }

  private void expire(StoredMessage message) {
    if (store.expire(message.recipient(), message.mailboxEpoch(), message.sequence())) {
      ended(
          Transition.EXPIRED,
          Priority.fromWire(message.priority()),
          Guarantee.fromWire(message.guarantee()));
      tell(message.sender(), Stage.EXPIRED, ErrorCode.EXPIRED, message.id());
    }
  }

  private void abandon(HandOver.Conflict conflict) {
    Place from = conflict.from();
    LOG.warn("a dead letter, since its next agent has another message of its id: {}", from);
    if (store.abandon(from.mailbox(), from.epoch(), from.sequence())) {
      ended(Transition.DEAD, conflict.priority(), conflict.guarantee());
      tell(conflict.sender(), Stage.DEAD, ErrorCode.CONFLICT, conflict.id());
    }
  }

  private void ended(Transition how, Priority priority, Guarantee guarantee) {
    context.counters().count(how, priority, guarantee);
  }

  /// Nobody has it, so the receipt names nobody.
  private void tell(String sender, Stage stage, ErrorCode code, UUID id) {
    Control.Receipt told =
        new Control.Receipt(stage, code.wire(), List.of(id), null, 0, context.gate().nowMillis());
    Peer waiting = context.peers().find(sender);
    if (waiting != null) {
      Reply.send(waiting, told);
    } else {
      context.others().tell(sender, told);
    }
  }
}
