package dev.aegis.bench.load;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// What a message of a run carries in its payload: whose it is, its number in its stream, and when
/// it was to be sent.
///
/// @param intendedNanos by the clock of this process, which sends and receives
record Stamp(int run, int sender, int number, long intendedNanos) {
  static final int BYTES = 4 + 4 + 4 + 8;

  /// A payload of that size that starts with this.
  byte[] payload(int bytes) {
    byte[] payload = new byte[bytes];
    ByteBuffer.wrap(payload).putInt(run).putInt(sender).putInt(number).putLong(intendedNanos);
    return payload;
  }

  /// Null when it is none of this run.
  static @Nullable Stamp of(byte[] payload, int run) {
    if (payload.length < BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(payload);
    Stamp stamp = new Stamp(in.getInt(), in.getInt(), in.getInt(), in.getLong());
    return stamp.run == run ? stamp : null;
  }
}
