package dev.aegis.store.fabric;

import dev.aegis.protocol.Priority;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What an entry says in clear about its sender, and what its seal is bound to.
///
/// ```
/// header            version 1 (1 byte) | from (8) | counter (8)
/// bound, inbox      "aegis fabric inbox" | 0 | cluster | 0 | to (8) | class (1) | header
/// bound, channel    "aegis fabric topic" | 0 | cluster | 0 | channel | 0 | header
/// ```
///
/// So an entry opens only where it was sent to, and as what it was sent. The counter grows with
/// every entry of a sender.
record Seals(String cluster) {
  static final int HEADER_BYTES = 1 + Long.BYTES + Long.BYTES;
  private static final byte VERSION = 1;

  /// @param counter above that of every entry the sender made before
  record Header(long from, long counter) {
    byte[] bytes() {
      return ByteBuffer.allocate(HEADER_BYTES).put(VERSION).putLong(from).putLong(counter).array();
    }

    /// Empty where it is none of this version.
    static Optional<Header> read(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      if (bytes.length < HEADER_BYTES || in.get() != VERSION) {
        return Optional.empty();
      }
      return Optional.of(new Header(in.getLong(), in.getLong()));
    }
  }

  byte[] inbox(long to, Priority priority, Header header) {
    byte[] label = text("aegis fabric inbox\0" + cluster + "\0");
    return ByteBuffer.allocate(label.length + Long.BYTES + 1 + HEADER_BYTES)
        .put(label)
        .putLong(to)
        .put((byte) priority.wire())
        .put(header.bytes())
        .array();
  }

  byte[] channel(String channel, Header header) {
    byte[] label = text("aegis fabric topic\0" + cluster + "\0" + channel + "\0");
    return ByteBuffer.allocate(label.length + HEADER_BYTES).put(label).put(header.bytes()).array();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
