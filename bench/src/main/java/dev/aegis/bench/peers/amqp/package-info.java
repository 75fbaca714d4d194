/// RabbitMQ: server, and clients with its own library.
@NullMarked
package dev.aegis.bench.peers.amqp;

import org.jspecify.annotations.NullMarked;
