package dev.aegis.bench.chaos;

import dev.aegis.protocol.Guarantee;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// One line of a ledger, of fixed size: what happened, guarantee, agent, id, mailbox epoch, mailbox
/// sequence, checksum (CRC-32C).
///
/// @param agent which agent of the process, from 0
/// @param id nil for [What#BEGAN] and [What#CONFIRMED]
/// @param epoch of the mailbox, for [What#HANDLED] and [What#CONFIRMED]
/// @param sequence in the mailbox; of a confirmed range the first
/// @param last of a confirmed range
record Entry(
    What what, Guarantee guarantee, int agent, UUID id, long epoch, long sequence, long last) {
  static final int BYTES = 1 + 1 + 2 + 16 + 8 + 8 + 8 + 4;

  private static final UUID NIL = new UUID(0, 0);

  enum What {
    /// A sender will send this, and again after a restart until it knows the outcome.
    INTENDED('i'),
    /// A sender has the receipt: stored.
    PROMISED('p'),
    /// The gateway has refused it for good.
    REFUSED('r'),
    /// A process began to receive.
    BEGAN('b'),
    /// The effect of a handler.
    HANDLED('h'),
    /// The effect of a handler on a message that is not what was sent.
    CORRUPTED('c'),
    /// The gateway has confirmed the acks of a range of sequences.
    CONFIRMED('f');

    private static final What[] ALL = values();

    private final char code;

    What(char code) {
      this.code = code;
    }

    private static @Nullable What of(int code) {
      for (What what : ALL) {
        if (what.code == code) {
          return what;
        }
      }
      return null;
    }
  }

  static Entry sent(What what, Guarantee guarantee, int agent, UUID id) {
    return new Entry(what, guarantee, agent, id, 0, 0, 0);
  }

  static Entry began() {
    return new Entry(What.BEGAN, Guarantee.BEST_EFFORT, 0, NIL, 0, 0, 0);
  }

  static Entry confirmed(int agent, long epoch, long first, long last) {
    return new Entry(What.CONFIRMED, Guarantee.EXACTLY_ONCE, agent, NIL, epoch, first, last);
  }

  void write(ByteBuffer out) {
    int begin = out.position();
    out.put((byte) what.code).put((byte) guarantee.wire()).putShort((short) agent);
    out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    out.putLong(epoch).putLong(sequence).putLong(last);
    out.putInt(checksum(out, begin, out.position()));
  }

  /// Reads one, or null when its checksum does not fit.
  static @Nullable Entry read(ByteBuffer in) {
    int begin = in.position();
    What what = What.of(in.get());
    int guarantee = in.get();
    int agent = in.getShort();
    UUID id = new UUID(in.getLong(), in.getLong());
    long epoch = in.getLong();
    long sequence = in.getLong();
    long last = in.getLong();
    int checksum = checksum(in, begin, in.position());
    return in.getInt() == checksum && what != null
        ? new Entry(what, Guarantee.fromWire(guarantee), agent, id, epoch, sequence, last)
        : null;
  }

  private static int checksum(ByteBuffer buffer, int begin, int end) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.duplicate().position(begin).limit(end));
    return (int) crc.getValue();
  }
}
