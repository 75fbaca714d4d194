/// A deterministic world around the delivery core: virtual time, one seed, and agents, a network, a
/// database and a gateway that fail.
@NullMarked
package dev.aegis.gateway.simulation;

import org.jspecify.annotations.NullMarked;
