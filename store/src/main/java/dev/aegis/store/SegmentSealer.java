package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.util.List;

/// Makes the sealed bytes of segments, in a buffer that is used again: a segment is megabytes.
/// Confined to one thread.
final class SegmentSealer {
  private final StorageCipher cipher;
  private final SegmentBytes plain = new SegmentBytes();

  SegmentSealer(StorageCipher cipher) {
    this.cipher = cipher;
  }

  byte[] seal(long number, List<JournalEntry> entries) {
    plain.clear();
    SegmentCodec.encode(plain, entries);
    return cipher
        .sealer()
        .seal(plain.array(), 0, plain.size(), SegmentCodec.associatedData(number));
  }
}
