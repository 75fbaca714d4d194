package dev.aegis.client;

import dev.aegis.protocol.SequenceRanges;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/// Where a client remembers which messages of its mailbox its handlers have finished, until the
/// gateway has confirmed their acknowledgement (PROTOCOL.md section 8). What is remembered is
/// acknowledged again when it is delivered again, and not handled again.
///
/// [#inMemory] forgets with the process. [FileProcessedLog] survives it. An application that writes
/// its results to a store of its own may implement this port over that store: a handler that saves
/// `(mailboxEpoch, sequence, id)` of its message in the same transaction as its result is then run
/// to its end exactly once, whatever crashes when.
///
/// Called by one thread at a time, never by an event loop, so it may block. One log serves one
/// client.
public interface ProcessedLog {
  /// A finished message: its place in the mailbox, and its id, which tells it from another message
  /// that got the same place in a mailbox restored from a backup.
  record Processed(long mailboxEpoch, long sequence, UUID id) {}

  /// What a log knows when a client starts.
  ///
  /// @param mailboxEpoch the epoch of all of it, 0 for none
  /// @param settled every sequence known to be finished, confirmed or not, from which the cursor of
  ///   the handshake follows. A log that does not keep confirmed ones leaves them out, which costs
  ///   redeliveries and no more
  /// @param unconfirmed the finished messages whose confirmation has not come
  record Remembered(long mailboxEpoch, SequenceRanges settled, List<Processed> unconfirmed) {
    public Remembered {
      unconfirmed = List.copyOf(unconfirmed);
    }

    public static Remembered nothing() {
      return new Remembered(0, SequenceRanges.of(), List.of());
    }
  }

  /// What was remembered before. Called once, while the client connects.
  ///
  /// @throws IOException it cannot be read; the client does not connect
  Remembered load() throws IOException;

  /// Remembers finished messages, all of one epoch. Those of any other epoch may be forgotten.
  /// Durable, as far as the log is, when it returns: the acknowledgement is sent next.
  ///
  /// @throws IOException not remembered; the client does not acknowledge, and tries again later
  void finished(List<Processed> messages) throws IOException;

  /// These sequences are over: the gateway has confirmed their acks, or told that they will never
  /// be delivered. They may be forgotten, at once or later.
  ///
  /// @throws IOException not noted; the client tells it again with the next ones
  void confirmed(long mailboxEpoch, SequenceRanges sequences) throws IOException;

  /// The mailbox was restored from a backup and has gone back: the places from `nextSequence` on
  /// will be given to other messages, and what is known of them must be forgotten, or one of those
  /// would never be delivered.
  ///
  /// @throws IOException not noted; the client tells it again
  default void rewound(long mailboxEpoch, long nextSequence) throws IOException {}

  /// False when nothing outlives the client, so that no thread need wait for it.
  default boolean isDurable() {
    return true;
  }

  /// Keeps nothing beyond what the client itself remembers.
  static ProcessedLog inMemory() {
    return ForgetfulLog.INSTANCE;
  }
}
