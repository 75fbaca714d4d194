/// The Aegis wire protocol: envelopes, frames, codecs, handshake state machines, limits, codes.
@NullMarked
package dev.aegis.protocol;

import org.jspecify.annotations.NullMarked;
