/// The network edge: TLS, the named pipelines, the handshake and the records of a connection.
@NullMarked
package dev.aegis.gateway.net;

import org.jspecify.annotations.NullMarked;
