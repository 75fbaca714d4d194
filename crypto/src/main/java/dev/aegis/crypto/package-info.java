/// Cryptography of Aegis: signatures, key agreement, key schedule, record protection, sealed
/// storage.
@NullMarked
package dev.aegis.crypto;

import org.jspecify.annotations.NullMarked;
