package dev.aegis.gateway.delivery;

import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;

/// Is told of every message whose record is on disk, on the mailbox's thread. For counting: it
/// decides nothing.
@FunctionalInterface
public interface RecordListener {
  void recorded(RecordKind what, Priority priority, Guarantee guarantee, long acceptedAtMillis);
}
