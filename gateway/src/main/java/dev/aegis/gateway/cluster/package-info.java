/// The other nodes of a cluster, as the router sees them: what it passes on to their agents, and
/// what they pass on to the agents here.
@NullMarked
package dev.aegis.gateway.cluster;

import org.jspecify.annotations.NullMarked;
