package dev.aegis.protocol;

/// The limits of PROTOCOL.md section 10 that a gateway can be configured with. Lengths in bytes,
/// times in milliseconds.
public record Limits(int maxPayloadBytes, int maxHops, long maxTtlMillis, int maxUnsignedMessages) {
  public static final int MAX_TYPE_BYTES = 64;
  public static final int MAX_CHANNEL_BYTES = 255;
  public static final int MAX_CONTENT_TYPE_BYTES = 127;
  public static final int MAX_ADDRESS_BYTES = 262;
  public static final int MAX_REASON_BYTES = 512;
  public static final int MAX_METADATA_ENTRIES = 32;
  public static final int MAX_METADATA_BYTES = 8 * 1024;

  /// Room in a record beside the largest payload: routing fields, metadata, delivery header, item
  /// length and tag.
  public static final int RECORD_OVERHEAD_BYTES = 80 * 1024;

  /// How many bytes a peer may send before it is authenticated.
  public static final int MAX_PRE_AUTH_BYTES = 8 * 1024;

  /// How many messages one signature covers at most when an agent signs on its own schedule.
  public static final int WINDOW_MESSAGES = 256;

  public static Limits defaults() {
    return new Limits(1024 * 1024, 16, 30L * 24 * 60 * 60 * 1000, 1024);
  }

  /// The largest envelope of a message: what is left of a record once it is wrapped for delivery.
  public int maxEnvelopeBytes() {
    return maxPayloadBytes + RECORD_OVERHEAD_BYTES * 4 / 5;
  }

  /// The largest record, tag included.
  public int maxRecordBytes() {
    return maxPayloadBytes + RECORD_OVERHEAD_BYTES;
  }
}
