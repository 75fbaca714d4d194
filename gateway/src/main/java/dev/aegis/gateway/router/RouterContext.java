package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Recipients;
import dev.aegis.gateway.capability.Capabilities;
import dev.aegis.gateway.delivery.HeldBytes;
import dev.aegis.gateway.dispatch.Dispatchers;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Journal;
import dev.aegis.store.MessageStore;

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
    GatewayCounters counters,
    Topics topics,
    OtherNodes others,
    Capabilities capabilities,
    Uuid7 ids) {}
