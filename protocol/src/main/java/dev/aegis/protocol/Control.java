package dev.aegis.protocol;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What agent and gateway tell each other about messages and the session (PROTOCOL.md 6.3). Times
/// are milliseconds since 1970, durations milliseconds.
public sealed interface Control extends Envelope {
  record Heartbeat(long number, boolean answer) implements Control {
    @Override
    public Kind kind() {
      return Kind.HEARTBEAT;
    }
  }

  record Ack(Stage stage, long mailboxEpoch, SequenceRanges sequences) implements Control {
    @Override
    public Kind kind() {
      return Kind.ACK;
    }
  }

  record Nack(long mailboxEpoch, long sequence, int code, String reason, long retryAfterMillis)
      implements Control {
    @Override
    public Kind kind() {
      return Kind.NACK;
    }
  }

  /// `code` is 0 or an [ErrorCode]; `level` is 1 when stored means synced to disk.
  record Receipt(
      Stage stage, int code, List<UUID> ids, @Nullable String recipient, int level, long timeMillis)
      implements Control {
    public Receipt {
      ids = List.copyOf(ids);
    }

    @Override
    public Kind kind() {
      return Kind.RECEIPT;
    }
  }

  /// Kind 8, `error`: one envelope was refused.
  record Refusal(
      int code, @Nullable UUID messageId, String reason, long retryAfterMillis, int refusedKind)
      implements Control {
    @Override
    public Kind kind() {
      return Kind.ERROR;
    }
  }

  /// Totals since the session began.
  record Credit(long messages, long bytes) implements Control {
    @Override
    public Kind kind() {
      return Kind.CREDIT;
    }
  }

  record Cancel(UUID id, String to, String from, String reason) implements Control {
    @Override
    public Kind kind() {
      return Kind.CANCEL;
    }
  }

  /// `durable`: it outlives the session, and durable messages of its topics go to the mailbox.
  record Subscribe(
      UUID id,
      String pattern,
      Map<String, String> filter,
      @Nullable String queueGroup,
      boolean durable)
      implements Control {
    public Subscribe {
      filter = Map.copyOf(filter);
    }

    @Override
    public Kind kind() {
      return Kind.SUBSCRIBE;
    }
  }

  record Unsubscribe(UUID id) implements Control {
    @Override
    public Kind kind() {
      return Kind.UNSUBSCRIBE;
    }
  }

  /// Closes a signing window (section 7).
  record WindowSignature(long firstIndex, int count, byte[] signature) implements Control {
    @Override
    public Kind kind() {
      return Kind.SIGNATURE;
    }
  }

  /// A message on its way to its recipient; `envelope` is what the sender wrote, byte for byte: of
  /// a decoded delivery a view of the bytes it was decoded from, and of no longer use than these.
  record Delivery(
      long mailboxEpoch, long sequence, int attempt, long acceptedAtMillis, ByteBuffer envelope)
      implements Control {
    @Override
    public Kind kind() {
      return Kind.DELIVERY;
    }

    /// A copy of the envelope, to keep.
    public byte[] bytes() {
      byte[] bytes = new byte[envelope.remaining()];
      envelope.get(envelope.position(), bytes);
      return bytes;
    }
  }

  record Welcome(
      String agentId,
      byte[] sessionToken,
      long sessionEpoch,
      long mailboxEpoch,
      long nextSequence,
      int capabilities,
      int maxRecordBytes,
      int maxPayloadBytes,
      boolean signingRequired,
      long heartbeatMillis,
      long creditMessages,
      long creditBytes,
      long timeMillis,
      String version)
      implements Control {
    @Override
    public Kind kind() {
      return Kind.WELCOME;
    }
  }

  record Goodbye(int closeCode, long reconnectAfterMillis, String reason) implements Control {
    @Override
    public Kind kind() {
      return Kind.GOODBYE;
    }
  }

  /// These acks are on disk.
  record Confirm(Stage stage, long mailboxEpoch, SequenceRanges sequences) implements Control {
    @Override
    public Kind kind() {
      return Kind.CONFIRM;
    }
  }

  /// Work on a request goes on: the requester's idle deadline starts anew.
  record Progressing(UUID id, String to, String from, String note) implements Control {
    @Override
    public Kind kind() {
      return Kind.PROGRESS;
    }
  }

  /// These sequences will not be delivered.
  record Gap(long mailboxEpoch, SequenceRanges sequences, int code) implements Control {
    @Override
    public Kind kind() {
      return Kind.GAP;
    }
  }
}
