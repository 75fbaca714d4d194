package dev.aegis.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The bytes of a file of records that are appended one by one, each synced before the next.
///
/// `magic (8) ‖ record+`, with `record := length (4) ‖ check (4) ‖ body (length)`. The check is
/// CRC-32C of the record's place in the file (8), its length (4) and its body, so that neither a
/// moved record nor one inside a body passes for a record. Integers are big-endian.
///
/// The first two records, whose log it is and what was known when it was written, came with the
/// file's name. As each was synced before the next was begun, a crash leaves at most one broken
/// record, and nothing sound behind it.
final class CheckedRecords {
  static final int HEADER_BYTES = 8;

  private static final int FIRST_RECORDS = 2;
  private static final byte[] MAGIC = "aegispl1".getBytes(StandardCharsets.US_ASCII);

  /// The bodies that were found, and where the next record goes: behind the last sound one.
  record Found(List<ByteBuffer> bodies, int end) {}

  private CheckedRecords() {}

  static byte[] magic() {
    return MAGIC.clone();
  }

  /// A record to stand at `offset`.
  static ByteBuffer record(long offset, byte[] body) {
    ByteBuffer record = ByteBuffer.allocate(HEADER_BYTES + body.length);
    record.putInt(body.length).putInt(check(offset, ByteBuffer.wrap(body))).put(body);
    return record.flip();
  }

  /// Reads a whole file.
  ///
  /// @throws IOException it is damaged in a way that no crash explains; the message says how
  static Found read(ByteBuffer file) throws IOException {
    if (file.remaining() < MAGIC.length
        || !file.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
      throw new IOException("it is not a processed log");
    }
    List<ByteBuffer> bodies = new ArrayList<>();
    int offset = MAGIC.length;
    for (ByteBuffer body = bodyAt(file, offset); body != null; body = bodyAt(file, offset)) {
      bodies.add(body);
      offset += HEADER_BYTES + body.remaining();
    }
    if (bodies.size() < FIRST_RECORDS) {
      throw new IOException("the record at byte " + offset + " is damaged");
    }
    for (int behind = offset + 1; behind < file.limit(); behind++) {
      if (bodyAt(file, behind) != null) {
        throw new IOException("the record at byte " + offset + " is damaged");
      }
    }
    return new Found(bodies, offset);
  }

  /// The body of a sound record at this place, or null.
  private static @Nullable ByteBuffer bodyAt(ByteBuffer file, int offset) {
    if (file.limit() - offset < HEADER_BYTES) {
      return null;
    }
    int length = file.getInt(offset);
    if (length <= 0 || length > file.limit() - offset - HEADER_BYTES) {
      return null;
    }
    ByteBuffer body = file.slice(offset + HEADER_BYTES, length);
    return file.getInt(offset + 4) == check(offset, body) ? body : null;
  }

  private static int check(long offset, ByteBuffer body) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(12).putLong(offset).putInt(body.remaining()).flip());
    crc.update(body.duplicate());
    return (int) crc.getValue();
  }
}
