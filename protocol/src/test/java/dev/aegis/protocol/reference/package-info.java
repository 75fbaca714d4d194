/// The protocol once more, written from PROTOCOL.md with the JDK and a MessagePack library alone:
/// what the test vectors are derived with. It knows nothing of the code under test.
@NullMarked
package dev.aegis.protocol.reference;

import org.jspecify.annotations.NullMarked;
