/// Agents without a socket: each has a session all the same, which hands messages out as they are
/// asked for and lasts from call to call.
@NullMarked
package dev.aegis.gateway.poll;

import org.jspecify.annotations.NullMarked;
