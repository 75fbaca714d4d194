package dev.aegis.store.audit;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What an entry of the trail says has happened.
public enum AuditEvent {
  ACCEPTED(1),
  DELIVERED(2),
  PROCESSED(3),
  /// One more attempt.
  RETRIED(4),
  FAILED(5),
  EXPIRED(6),
  DEAD(7),
  /// A dead letter was stored anew.
  REDRIVEN(8),
  DISCARDED(9),
  /// The payload was removed for good; this trail stays.
  ERASED(10),
  /// It left for the mailbox of another agent, which the reason names.
  MOVED(11),
  SESSION_OPENED(20),
  SESSION_CLOSED(21),
  /// An admin, or whoever holds a key, did something that is to be remembered.
  ACTION(30),
  /// That many entries could not be kept.
  LOST(40);

  private static final AuditEvent[] BY_CODE = new AuditEvent[41];

  static {
    for (AuditEvent event : values()) {
      BY_CODE[event.code] = event;
    }
  }

  private final int code;

  AuditEvent(int code) {
    this.code = code;
  }

  /// The number in pages.
  int code() {
    return code;
  }

  /// The word in APIs and exports.
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static @Nullable AuditEvent ofCode(int code) {
    return code < BY_CODE.length ? BY_CODE[code] : null;
  }

  /// The event of that word, or null.
  public static @Nullable AuditEvent ofLabel(String label) {
    for (AuditEvent event : values()) {
      if (event.label().equals(label)) {
        return event;
      }
    }
    return null;
  }
}
