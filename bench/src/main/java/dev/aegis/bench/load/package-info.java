/// The load generator: senders and receivers on the SDK, paced or at saturation, and a ledger of
/// every message.
@NullMarked
package dev.aegis.bench.load;

import org.jspecify.annotations.NullMarked;
