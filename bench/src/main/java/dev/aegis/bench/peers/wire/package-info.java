/// What the clients of all peers have in common: a WebSocket over TLS with gathered writes.
@NullMarked
package dev.aegis.bench.peers.wire;

import org.jspecify.annotations.NullMarked;
