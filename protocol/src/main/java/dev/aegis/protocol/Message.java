package dev.aegis.protocol;

import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A message of an application: request, response or event, with the whole message model
/// (PROTOCOL.md 6.1).
///
/// The payload is not copied; it belongs to the message. `ttlMillis` counts from acceptance, 0
/// means no expiry.
public record Message(
    Kind kind,
    UUID id,
    String from,
    String to,
    Priority priority,
    Guarantee guarantee,
    long ttlMillis,
    int flags,
    int hops,
    String type,
    @Nullable String channel,
    @Nullable UUID conversation,
    @Nullable UUID correlation,
    long timestampMillis,
    @Nullable String contentType,
    Map<String, String> metadata,
    byte[] payload)
    implements Envelope {
  public static final int RECEIPT_STORED = 1;
  public static final int RECEIPT_DELIVERED = 2;
  public static final int RECEIPT_PROCESSED = 4;
  public static final int PAYLOAD_ZSTD = 8;

  public Message {
    if (!kind.isMessage()) {
      throw new IllegalArgumentException(kind + " is not a kind of message");
    }
    metadata = Map.copyOf(metadata);
  }

  public boolean wants(int flag) {
    return (flags & flag) != 0;
  }

  public static Builder builder(Kind kind, UUID id, String from, String to, String type) {
    return new Builder(kind, id, from, to, type);
  }

  /// Collects the fields that have defaults: priority and guarantee by type, nothing else set.
  public static final class Builder {
    private final Kind kind;
    private final UUID id;
    private final String from;
    private final String to;
    private final String type;
    private Priority priority;
    private Guarantee guarantee;
    private long ttlMillis;
    private int flags;
    private int hops;
    private @Nullable String channel;
    private @Nullable UUID conversation;
    private @Nullable UUID correlation;
    private long timestampMillis;
    private @Nullable String contentType;
    private Map<String, String> metadata = Map.of();
    private byte[] payload = new byte[0];

    private Builder(Kind kind, UUID id, String from, String to, String type) {
      this.kind = kind;
      this.id = id;
      this.from = from;
      this.to = to;
      this.type = Objects.requireNonNull(type);
      TypeDefaults defaults = TypeDefaults.of(type);
      this.priority = defaults.priority();
      this.guarantee = defaults.guarantee();
    }

    public Builder priority(Priority value) {
      this.priority = value;
      return this;
    }

    public Builder guarantee(Guarantee value) {
      this.guarantee = value;
      return this;
    }

    public Builder ttlMillis(long value) {
      this.ttlMillis = value;
      return this;
    }

    public Builder flags(int value) {
      this.flags = value;
      return this;
    }

    public Builder hops(int value) {
      this.hops = value;
      return this;
    }

    public Builder channel(@Nullable String value) {
      this.channel = value;
      return this;
    }

    public Builder conversation(@Nullable UUID value) {
      this.conversation = value;
      return this;
    }

    public Builder correlation(@Nullable UUID value) {
      this.correlation = value;
      return this;
    }

    public Builder timestampMillis(long value) {
      this.timestampMillis = value;
      return this;
    }

    public Builder contentType(@Nullable String value) {
      this.contentType = value;
      return this;
    }

    public Builder metadata(Map<String, String> value) {
      this.metadata = value;
      return this;
    }

    public Builder payload(byte[] value) {
      this.payload = value;
      return this;
    }

    public Message build() {
      return new Message(
          kind,
          id,
          from,
          to,
          priority,
          guarantee,
          ttlMillis,
          flags,
          hops,
          type,
          channel,
          conversation,
          correlation,
          timestampMillis,
          contentType,
          metadata,
          payload);
    }
  }
}
