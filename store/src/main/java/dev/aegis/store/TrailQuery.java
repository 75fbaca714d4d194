package dev.aegis.store;

import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.AuditEvent;
import dev.aegis.store.audit.KeyFilter;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which entries of the audit trail are looked for; null stands for any.
///
/// @param organization whose trail; null for all
/// @param agent sender or recipient, actor or subject
/// @param correlation entries that name it, or are of the message of that id
/// @param fromMillis of entries, included
/// @param toMillis not included
public record TrailQuery(
    @Nullable String organization,
    @Nullable String agent,
    @Nullable String sender,
    @Nullable String recipient,
    @Nullable UUID message,
    @Nullable UUID conversation,
    @Nullable UUID correlation,
    @Nullable AuditEvent event,
    long fromMillis,
    long toMillis,
    boolean newestFirst) {
  boolean mayBeIn(byte[] keys) {
    return may(keys, agent)
        && may(keys, sender)
        && may(keys, recipient)
        && may(keys, message)
        && may(keys, conversation)
        && may(keys, correlation);
  }

  private static boolean may(byte[] keys, @Nullable String key) {
    return key == null || KeyFilter.mayHold(keys, key);
  }

  private static boolean may(byte[] keys, @Nullable UUID key) {
    return key == null || KeyFilter.mayHold(keys, key);
  }

  boolean wants(AuditEntry entry) {
    return (agent == null || agent.equals(entry.sender()) || agent.equals(entry.recipient()))
        && (sender == null || sender.equals(entry.sender()))
        && (recipient == null || recipient.equals(entry.recipient()))
        && (message == null || message.equals(entry.message()))
        && (conversation == null || conversation.equals(entry.conversation()))
        && (correlation == null
            || correlation.equals(entry.correlation())
            || correlation.equals(entry.message()))
        && (event == null || event == entry.event())
        && entry.atMillis() >= fromMillis
        && entry.atMillis() < toMillis;
  }
}
