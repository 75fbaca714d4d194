/// The other systems' servers: found on this machine, started in processes and directories of their
/// own.
@NullMarked
package dev.aegis.bench.peers.host;

import org.jspecify.annotations.NullMarked;
