package dev.aegis.gateway.router;

import dev.aegis.gateway.delivery.Decision;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Offer;
import dev.aegis.store.Progress;

/// Puts what one agent's mailbox decided into the journal, and counts it. Confined to the session's
/// loop.
final class MailboxRecords {
  private final Peer peer;
  private final RouterContext context;

  MailboxRecords(Peer peer) {
    this.peer = peer;
    this.context = peer.context();
  }

  /// @return whether the journal took it; it reports then what became of it
  boolean offer(long epoch, Decision.Persist record) {
    MessageStatus status =
        switch (record.what()) {
          case RETURNED, RETRIED -> MessageStatus.PENDING;
          case DELIVERED -> MessageStatus.DELIVERED;
          case PROCESSED -> MessageStatus.PROCESSED;
          case FAILED -> MessageStatus.FAILED;
          case EXPIRED -> MessageStatus.EXPIRED;
          case DEAD -> MessageStatus.DEAD;
          case MOVED -> MessageStatus.MOVED;
        };
    String reason =
        record.target() != null
            ? record.target()
            : ErrorCode.fromWire(record.code()).map(ErrorCode::label).orElse(null);
    Progress progress =
        new Progress(
            peer.agentId(),
            epoch,
            record.sequences().bounds(),
            status,
            reason,
            context.gate().nowMillis(),
            context.gate().steady().toWall(record.retryAtMillis()),
            new Origin.FromMailbox(peer, record.ticket()));
    if (context.journal().offer(progress) == Offer.ACCEPTED) {
      return true;
    }
    JournalReports.departed(context.peers(), progress);
    return false;
  }

  void count(
      Decision.RecordKind what,
      int code,
      Priority priority,
      Guarantee guarantee,
      long acceptedAtMillis) {
    GatewayCounters counters = context.counters();
    switch (what) {
      case DELIVERED -> {} // counted when it was handed over, asked for or not
      case PROCESSED ->
          counters.countProcessed(
              priority, guarantee, context.gate().nowMillis() - acceptedAtMillis);
      case RETURNED -> counters.count(Transition.RETURNED, priority, guarantee);
      case RETRIED -> {
        counters.count(Transition.RETRIED, priority, guarantee);
        counters.countFailure(Failure.RETRIED, code);
      }
      case FAILED -> {
        counters.count(Transition.FAILED, priority, guarantee);
        counters.countFailure(Failure.FAILED, code);
      }
      case EXPIRED -> counters.count(Transition.EXPIRED, priority, guarantee);
      case DEAD -> {
        counters.count(Transition.DEAD, priority, guarantee);
        counters.countFailure(Failure.DEAD, code);
      }
      case MOVED -> {} // counted when it is there
    }
  }
}
