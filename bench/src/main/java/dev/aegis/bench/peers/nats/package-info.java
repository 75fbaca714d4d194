/// NATS, core and JetStream: server and a light client of its text protocol.
@NullMarked
package dev.aegis.bench.peers.nats;

import org.jspecify.annotations.NullMarked;
