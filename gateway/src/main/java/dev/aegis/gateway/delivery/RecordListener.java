package dev.aegis.gateway.delivery;

import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;

/// Is told of every message whose record is on disk, on the mailbox's thread. For counting: it
/// decides nothing.
@FunctionalInterface
public interface RecordListener {
  /// @param code why it failed, 0 where it did not
  void recorded(
      RecordKind what, int code, Priority priority, Guarantee guarantee, long acceptedAtMillis);
}
