package dev.aegis.protocol;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Why a message was refused, dropped or failed (PROTOCOL.md section 11). The session lives on.
public enum ErrorCode {
  MALFORMED_ENVELOPE(1, false),
  UNSUPPORTED_KIND(2, false),
  ENVELOPE_TOO_LARGE(3, false),
  PAYLOAD_TOO_LARGE(4, false),
  METADATA_TOO_LARGE(5, false),
  INVALID_FIELD(6, false),
  FROM_MISMATCH(7, false),
  UNKNOWN_RECIPIENT(8, false),
  NOT_AUTHORIZED(9, false),
  RATE_LIMITED(10, true),
  EXPIRED(11, false),
  TOO_MANY_HOPS(12, false),
  MAILBOX_FULL(13, true),
  STORE_UNAVAILABLE(14, true),
  CONFLICT(15, false),
  NOT_OFFERED(16, false),
  OVERLOADED(17, true),
  RECIPIENT_OFFLINE(18, true),
  SHUTTING_DOWN(19, true),
  TIMEOUT(20, false),
  HANDLER_FAILED(21, false),
  NO_HANDLER(22, false),
  CANCELLED(23, false),
  RECIPIENT_REVOKED(24, false),
  POISON(25, false),
  DISCARDED(26, false),
  TOO_MANY_SUBSCRIPTIONS(27, false),
  NO_CANDIDATE(28, true),
  MOVED_ON(29, false);

  private static final ErrorCode[] BY_WIRE = values();

  private final int wire;
  private final boolean retryable;

  ErrorCode(int wire, boolean retryable) {
    this.wire = wire;
    this.retryable = retryable;
  }

  public int wire() {
    return wire;
  }

  /// True when the same message may succeed later.
  public boolean retryable() {
    return retryable;
  }

  /// The stable name of PROTOCOL.md, such as `rate-limited`.
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The code of a label, empty for null or one that is unknown.
  public static Optional<ErrorCode> fromLabel(@Nullable String label) {
    for (ErrorCode code : BY_WIRE) {
      if (code.label().equals(label)) {
        return Optional.of(code);
      }
    }
    return Optional.empty();
  }

  public static Optional<ErrorCode> fromWire(long wire) {
    return wire >= 1 && wire <= BY_WIRE.length
        ? Optional.of(BY_WIRE[(int) wire - 1])
        : Optional.empty();
  }
}
