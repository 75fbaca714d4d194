package dev.aegis.store;

import java.util.UUID;

/// What proves that a message came from its sender: the envelope, and the signing window whose
/// signature covers it.
///
/// @param envelope the message exactly as its sender wrote it
/// @param leafIndex its leaf among the window's
public record MessageProof(UUID id, byte[] envelope, int leafIndex, SignedWindow window) {}
