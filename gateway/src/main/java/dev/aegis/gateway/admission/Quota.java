package dev.aegis.gateway.admission;

import java.time.Duration;

/// How many messages may be sent within any span of that length.
public record Quota(int messages, Duration window) {
  public Quota {
    if (messages < 1 || window.isNegative() || window.isZero()) {
      throw new IllegalArgumentException("a quota and its window must be positive");
    }
  }
}
