package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import dev.aegis.crypto.StorageSealer;
import java.util.List;

/// Makes the sealed bytes of segments, in a buffer that is used again: a segment is megabytes.
/// Confined to one thread.
final class SegmentSealer {
  private final StorageSealer sealer;
  private final SegmentBytes plain = new SegmentBytes();

  SegmentSealer(StorageCipher cipher) {
    this.sealer = cipher.sealer();
  }

  byte[] seal(long number, List<JournalEntry> entries) {
    plain.clear();
    SegmentCodec.encode(plain, entries);
    return sealer.seal(plain.array(), 0, plain.size(), SegmentCodec.associatedData(number));
  }
}
