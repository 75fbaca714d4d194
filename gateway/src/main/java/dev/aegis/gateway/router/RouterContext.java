package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Recipient;
import dev.aegis.gateway.admission.Recipients;
import dev.aegis.gateway.capability.Capabilities;
import dev.aegis.gateway.delivery.HeldBytes;
import dev.aegis.gateway.dispatch.Dispatchers;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Journal;
import dev.aegis.store.MessageStore;
import dev.aegis.store.TrailQueue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What every connected agent's routing shares. Everything in it is thread-safe.
///
/// @param trail null where the audit trail does not have best-effort messages
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
    @Nullable TrailQueue trail,
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
