package dev.aegis.gateway.delivery;

import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a [Mailbox] wants done. Carried out in the order decided.
public sealed interface Decision {
  /// Write the message to the recipient.
  record Deliver(OwedMessage message) implements Decision {}

  /// Read at most `limit` open messages by (priority, sequence) behind this position, and answer
  /// with [Mailbox#pageLoaded] or [Mailbox#pageFailed].
  record LoadPage(Priority priority, long afterSequence, int limit) implements Decision {}

  /// Read those of these messages that are open, and answer with [Mailbox#openLoaded] or
  /// [Mailbox#openFailed].
  record LoadOpen(List<Long> sequences) implements Decision {
    public LoadOpen {
      sequences = List.copyOf(sequences);
    }
  }

  /// Put this into the journal and answer with [Mailbox#recordCommitted] or
  /// [Mailbox#recordRefused], naming the ticket.
  ///
  /// @param code 0 or a code of PROTOCOL.md section 11
  /// @param retryAtMillis when a message that failed is due again, else 0
  /// @param target who has them next, of those that move on, else null
  record Persist(
      long ticket,
      RecordKind what,
      SequenceRanges sequences,
      int code,
      long retryAtMillis,
      @Nullable String target)
      implements Decision {
    public Persist(
        long ticket, RecordKind what, SequenceRanges sequences, int code, long retryAtMillis) {
      this(ticket, what, sequences, code, retryAtMillis, null);
    }
  }

  /// What a record says of its sequences.
  enum RecordKind {
    /// Was on its way when the session ended: one more attempt.
    RETURNED,
    /// Was not handled: one more attempt, later.
    RETRIED,
    DELIVERED,
    PROCESSED,
    FAILED,
    EXPIRED,
    /// Was not handled, and is not tried again.
    DEAD,
    /// Is somebody else's from now on.
    MOVED
  }

  /// Tell the sender, whose messages these are, that they reached this stage on disk.
  record SendReceipt(String to, Stage stage, int code, List<UUID> ids) implements Decision {
    public SendReceipt {
      ids = List.copyOf(ids);
    }
  }

  /// Tell the recipient that what it said of these sequences is on disk.
  record Confirm(Stage stage, SequenceRanges sequences) implements Decision {}

  /// Tell the recipient that these sequences will not come.
  record Skip(SequenceRanges sequences, int code) implements Decision {}
}
