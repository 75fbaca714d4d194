/// Posts the messages of agents that have an endpoint and no session of their own: signed, as often
/// as their retry policy says, and never to where the gateway's own network begins.
@NullMarked
package dev.aegis.gateway.webhook;

import org.jspecify.annotations.NullMarked;
