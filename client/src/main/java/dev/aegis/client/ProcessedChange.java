package dev.aegis.client;

import dev.aegis.client.ProcessedLog.Processed;
import dev.aegis.protocol.SequenceRanges;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// What one record of a [FileProcessedLog] says, all of one mailbox epoch.
///
/// Bytes, big-endian: `epoch (8) ‖ ranges (4) ‖ [first (8) ‖ last (8)]… ‖ messages (4) ‖ [sequence
/// (8) ‖ id (16)]…`
///
/// @param settled nothing more need be known of these than that they are finished
/// @param finished finished, and to be known by their ids until they are settled
record ProcessedChange(long epoch, SequenceRanges settled, List<Processed> finished) {
  private static final int RANGE_BYTES = 16;
  private static final int MESSAGE_BYTES = 24;
  private static final int FIXED_BYTES = 8 + 4 + 4;

  ProcessedChange {
    finished = List.copyOf(finished);
  }

  byte[] encoded() {
    ByteBuffer bytes =
        ByteBuffer.allocate(
            FIXED_BYTES + settled.count() * RANGE_BYTES + finished.size() * MESSAGE_BYTES);
    bytes.putLong(epoch).putInt(settled.count());
    for (int i = 0; i < settled.count(); i++) {
      bytes.putLong(settled.first(i)).putLong(settled.last(i));
    }
    bytes.putInt(finished.size());
    for (Processed message : finished) {
      bytes
          .putLong(message.sequence())
          .putLong(message.id().getMostSignificantBits())
          .putLong(message.id().getLeastSignificantBits());
    }
    return bytes.array();
  }

  /// @throws IllegalArgumentException the bytes are not a change
  static ProcessedChange decode(ByteBuffer bytes) {
    try {
      long epoch = bytes.getLong();
      long[] bounds = new long[2 * count(bytes, RANGE_BYTES)];
      for (int i = 0; i < bounds.length; i++) {
        bounds[i] = bytes.getLong();
      }
      int messages = count(bytes, MESSAGE_BYTES);
      List<Processed> finished = new ArrayList<>(messages);
      for (int i = 0; i < messages; i++) {
        long sequence = bytes.getLong();
        finished.add(new Processed(epoch, sequence, new UUID(bytes.getLong(), bytes.getLong())));
      }
      if (bytes.hasRemaining()) {
        throw new IllegalArgumentException("bytes behind the last message");
      }
      return new ProcessedChange(epoch, new SequenceRanges(bounds), finished);
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("too short", e);
    }
  }

  private static int count(ByteBuffer bytes, int each) {
    int count = bytes.getInt();
    if (count < 0 || count > bytes.remaining() / each) {
      throw new IllegalArgumentException("more than there are bytes for");
    }
    return count;
  }
}
