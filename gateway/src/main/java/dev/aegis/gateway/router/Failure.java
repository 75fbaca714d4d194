package dev.aegis.gateway.router;

import java.util.Locale;

/// What comes of a message whose delivery failed; counted by reason.
public enum Failure {
  /// It is tried again.
  RETRIED,
  /// It has failed for good: its recipient said so, or it is cancelled.
  FAILED,
  /// It is given up and kept for an admin.
  DEAD;

  /// As metrics show it.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
