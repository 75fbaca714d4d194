package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Recipient;
import dev.aegis.gateway.admission.Recipients;
import dev.aegis.gateway.capability.Capabilities;
import dev.aegis.gateway.delivery.HeldBytes;
import dev.aegis.gateway.dispatch.Dispatchers;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Journal;
import dev.aegis.store.MessageStore;
import java.util.concurrent.CompletableFuture;

/// What every connected agent's routing shares. Everything in it is thread-safe.
record RouterContext(
    RouterSettings settings,
    Gate gate,
    Peers peers,
    Dispatchers dispatchers,
    Recipients recipients,
    StoreReads reads,
    Journal journal,
    MessageStore messages,
    AuditLog audit,
    HeldBytes held,
    StoringTime storing,
    GatewayCounters counters,
    Topics topics,
    OtherNodes others,
    Capabilities capabilities,
    Uuid7 ids) {

  /// Who a message is for: connected here, known from lately, or read from the store.
  CompletableFuture<Recipient> recipient(String to) {
    Peer connected = peers().find(to);
    Recipient recipient =
        connected != null
            ? new Recipient.Known(connected.session().organization())
            : recipients().peek(to);
    return recipient != null ? CompletableFuture.completedFuture(recipient) : recipients().load(to);
  }
}
