/// How the nodes of one cluster reach each other while they live: the
/// [dev.aegis.store.fabric.Fabric] port, within one JVM ([dev.aegis.store.fabric.InProcessFabric])
/// and over Redis ([dev.aegis.store.fabric.RedisFabric]).
///
/// Nothing here is durable and nothing is trusted: what Redis loses, repeats, reorders or invents
/// costs a re-send or a delay, never a message, and it sees sealed bytes only. What was stored, who
/// owns a mailbox and under which epoch is PostgreSQL's to say.
@NullMarked
package dev.aegis.store.fabric;

import org.jspecify.annotations.NullMarked;
