package dev.aegis.client;

import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.SequenceRanges;

/// Messages of this agent's mailbox that will not be delivered (PROTOCOL.md section 8).
///
/// @param sequences their places in the mailbox of that epoch
/// @param reason why: `EXPIRED`, `DISCARDED`, or what they died of
public record MailboxGap(long mailboxEpoch, SequenceRanges sequences, ErrorCode reason) {}
