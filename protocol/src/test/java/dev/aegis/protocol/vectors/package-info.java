/// Derives the published test vectors from the reference, and reads them.
@NullMarked
package dev.aegis.protocol.vectors;

import org.jspecify.annotations.NullMarked;
