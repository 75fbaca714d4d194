package dev.aegis.store.audit;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One thing that happened.
///
/// Of a message, `sender` and `recipient` are agents. Of an action they are who did it and what it
/// was done to, `type` is what was done and `reason` more of it. Of a session, `sender` is the
/// agent and `sequence` the number of its login.
///
/// @param atMillis when, in Unix milliseconds
/// @param sequence the place in the recipient's mailbox, 0 where there is none
/// @param priority 0 critical to 3 low; of [AuditEvent#ACCEPTED] and [AuditEvent#REDRIVEN]
/// @param size of the envelope in bytes, likewise
/// @param digest the RFC 9162 leaf hash of the envelope, likewise; not a copy
public record AuditEntry(
    AuditEvent event,
    long atMillis,
    @Nullable UUID message,
    @Nullable String sender,
    @Nullable String recipient,
    @Nullable String type,
    @Nullable String reason,
    @Nullable UUID conversation,
    @Nullable UUID correlation,
    long mailboxEpoch,
    long sequence,
    int size,
    int priority,
    byte @Nullable [] digest) {
  /// An action.
  public static AuditEntry action(
      long atMillis, String actor, String action, String subject, @Nullable String detail) {
    return new AuditEntry(
        AuditEvent.ACTION,
        atMillis,
        null,
        actor,
        subject,
        action,
        detail,
        null,
        null,
        0,
        0,
        0,
        0,
        null);
  }

  /// The beginning or the end of a session.
  ///
  /// @param login its number: higher is newer
  /// @param reason how it ended, or null
  public static AuditEntry session(
      AuditEvent event, long atMillis, String agent, long login, @Nullable String reason) {
    return new AuditEntry(
        event, atMillis, null, agent, null, null, reason, null, null, 0, login, 0, 0, null);
  }

  /// That some are missing.
  public static AuditEntry lost(long atMillis, long count) {
    return new AuditEntry(
        AuditEvent.LOST,
        atMillis,
        null,
        null,
        null,
        null,
        Long.toString(count),
        null,
        null,
        0,
        0,
        0,
        0,
        null);
  }

  /// The same message at another step.
  public AuditEntry step(AuditEvent next, long when, @Nullable String why) {
    return new AuditEntry(
        next,
        when,
        message,
        sender,
        recipient,
        type,
        why,
        conversation,
        correlation,
        mailboxEpoch,
        sequence,
        0,
        0,
        null);
  }
}
