package dev.aegis.store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What the nodes of a cluster tell each other about mailboxes, one frame a flight: a byte that
/// says which, then its body. Numbers are big-endian. Frames from [#FIRST_FREE] on are the
/// gateway's.
final class NodeFrames {
  /// A ticket, int64, and a segment of one entry for a mailbox of the receiver.
  static final byte FORWARD = 1;

  /// What became of forwarded entries, each a ticket, int64, a [Result], int8, and where it is:
  /// epoch and sequence, int64 each.
  static final byte RESULTS = 2;

  /// Somebody wants mailboxes of the receiver: it looks which.
  static final byte WANTED = 3;

  /// Mailboxes that the receiver wants may be its own now: it looks which.
  static final byte RELEASED = 4;

  static final byte FIRST_FREE = 16;

  private static final int RESULT_BYTES = 8 + 1 + 8 + 8;

  private NodeFrames() {}

  /// What the owner of a mailbox made of an entry.
  enum Result {
    STORED(0),
    DUPLICATE(1),
    CONFLICT(2),
    SETTLED(3),
    /// Refused: the mailbox is full.
    MAILBOX_FULL(4),
    /// Refused: the owner is out of room.
    BUSY(5),
    /// Refused: its store does not answer.
    UNAVAILABLE(6),
    /// Not stored: it is not the owner, or not any more.
    MOVED(7);

    private static final Result[] BY_WIRE = values();

    private final int wire;

    Result(int wire) {
      this.wire = wire;
    }
  }

  /// One result.
  record Told(long ticket, Result result, long epoch, long sequence) {}

  static byte[] forward(long ticket, JournalEntry entry) {
    SegmentBytes out = new SegmentBytes(1 + Long.BYTES + entry.size());
    out.putByte(FORWARD);
    out.putLong(ticket);
    SegmentCodec.encode(out, List.of(entry));
    return Arrays.copyOf(out.array(), out.size());
  }

  static long ticket(byte[] forward) {
    return ByteBuffer.wrap(forward).getLong(1);
  }

  /// @throws StoreException.Rejected it does not parse
  static JournalEntry entry(byte[] forward) {
    List<JournalEntry> entries =
        SegmentCodec.decode(Arrays.copyOfRange(forward, 1 + Long.BYTES, forward.length));
    if (entries.size() != 1) {
      throw new StoreException.Rejected("a forwarded entry does not parse", null);
    }
    return entries.getFirst();
  }

  static byte[] results(List<Told> results) {
    ByteBuffer out = ByteBuffer.allocate(1 + results.size() * RESULT_BYTES).put(RESULTS);
    for (Told told : results) {
      out.putLong(told.ticket)
          .put((byte) told.result.wire)
          .putLong(told.epoch)
          .putLong(told.sequence);
    }
    return out.array();
  }

  /// @throws StoreException.Rejected they do not parse
  static List<Told> results(byte[] frame) {
    if ((frame.length - 1) % RESULT_BYTES != 0) {
      throw new StoreException.Rejected("results do not parse", null);
    }
    ByteBuffer in = ByteBuffer.wrap(frame, 1, frame.length - 1);
    List<Told> results = new ArrayList<>();
    while (in.hasRemaining()) {
      long ticket = in.getLong();
      byte result = in.get();
      if (result < 0 || result >= Result.BY_WIRE.length) {
        throw new StoreException.Rejected("results do not parse", null);
      }
      results.add(new Told(ticket, Result.BY_WIRE[result], in.getLong(), in.getLong()));
    }
    return results;
  }

  static byte[] bell(byte kind) {
    return new byte[] {kind};
  }
}
