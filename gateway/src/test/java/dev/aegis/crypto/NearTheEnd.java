package dev.aegis.crypto;

/// Sealers that have sealed nearly all that their key may seal.
public final class NearTheEnd {
  private NearTheEnd() {}

  /// A sealer that has so many records left.
  public static RecordSealer sealer(long left) {
    RecordSealer sealer = Primitives.select().recordSealer(new byte[32], new byte[12]);
    sealer.skip(sealer.remaining() - left);
    return sealer;
  }
}
