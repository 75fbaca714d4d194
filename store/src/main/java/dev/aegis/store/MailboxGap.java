package dev.aegis.store;

import org.jspecify.annotations.Nullable;

/// A position of a mailbox whose message will not be delivered.
///
/// @param reason a constant code, or null
public record MailboxGap(long sequence, MessageStatus status, @Nullable String reason) {}
