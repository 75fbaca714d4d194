package dev.aegis.gateway.router;

import dev.aegis.gateway.delivery.Decision;
import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.store.PageCursor;
import dev.aegis.store.StoredMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Reads what is owed to one agent from the rows of its mailbox. Any thread; what it returns
/// completes on a thread that reads.
final class OwedRows {
  /// What is stored was admitted once, perhaps under wider limits than today's.
  private static final Limits STORED = new Limits(1 << 30, 255, Long.MAX_VALUE, 1);

  private final RouterContext context;
  private final String agent;

  OwedRows(RouterContext context, String agent) {
    this.context = context;
    this.agent = agent;
  }

  CompletableFuture<List<OwedMessage>> page(Decision.LoadPage page) {
    PageCursor after = new PageCursor(page.priority().wire(), page.afterSequence());
    context.counters().countPage();
    return context
        .reads()
        .read("mailbox", () -> owed(context.messages().pending(agent, after, page.limit())));
  }

  CompletableFuture<List<OwedMessage>> open(long epoch, Decision.LoadOpen open) {
    return context
        .reads()
        .read("open", () -> owed(context.messages().load(agent, epoch, open.sequences())));
  }

  List<OwedMessage> owed(List<StoredMessage> rows) {
    SteadyClock steady = context.gate().steady();
    List<OwedMessage> owed = new ArrayList<>(rows.size());
    for (StoredMessage row : rows) {
      byte[] envelope = row.envelope();
      RoutingHeader header = header(envelope);
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

  /// The header of a stored envelope.
  static RoutingHeader header(byte[] envelope) {
    try {
      return RoutingHeader.parse(envelope, 0, envelope.length, STORED);
    } catch (EnvelopeException e) {
      throw new IllegalStateException("what is stored was admitted once", e);
    }
  }
}
