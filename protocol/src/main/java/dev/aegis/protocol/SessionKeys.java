package dev.aegis.protocol;

import dev.aegis.crypto.RecordOpener;
import dev.aegis.crypto.RecordSealer;

/// What a finished handshake leaves behind: the two record directions, from the holder's point of
/// view, and the public session hash that signing windows are bound to.
public record SessionKeys(
    RecordSealer sealer, RecordOpener opener, byte[] sessionHash, Suite suite) {}
