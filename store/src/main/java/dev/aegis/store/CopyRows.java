package dev.aegis.store;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/// One `COPY … FROM STDIN (FORMAT binary)` in the connection's transaction, sent in portions while
/// the rows are made. Confined to one thread.
///
/// Closed without [#finish], it is cancelled and its transaction has failed.
final class CopyRows implements AutoCloseable {
  private static final byte[] SIGNATURE = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0
  };
  private static final int NULL = -1;
  private static final int PORTION_BYTES = 64 << 10;

  /// 2000-01-01 in Unix milliseconds, where PostgreSQL counts from.
  private static final long EPOCH_MILLIS = 946_684_800_000L;

  private final SegmentBytes out = new SegmentBytes();
  private final CopyIn copy;

  /// @param table with its columns
  CopyRows(Connection connection, String table) throws SQLException {
    copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("COPY " + table + " FROM STDIN (FORMAT binary)");
    out.putRaw(SIGNATURE, 0, SIGNATURE.length);
    out.putInt(0);
    out.putInt(0);
  }

  CopyRows row(int columns) throws SQLException {
    if (out.size() >= PORTION_BYTES) {
      send();
    }
    out.putShort(columns);
    return this;
  }

  CopyRows uuid(@Nullable UUID value) {
    if (value == null) {
      out.putInt(NULL);
    } else {
      out.putInt(2 * Long.BYTES);
      out.putUuid(value);
    }
    return this;
  }

  /// U+0000 cannot be stored as text and becomes U+FFFD.
  CopyRows text(@Nullable String value) {
    if (value == null) {
      out.putInt(NULL);
    } else {
      out.putBytes(value.replace('\0', '\uFFFD').getBytes(StandardCharsets.UTF_8));
    }
    return this;
  }

  CopyRows bytes(byte @Nullable [] value) {
    if (value == null) {
      out.putInt(NULL);
    } else {
      out.putBytes(value);
    }
    return this;
  }

  CopyRows int2(int value) {
    out.putInt(Short.BYTES);
    out.putShort(value);
    return this;
  }

  CopyRows int4(int value) {
    out.putInt(Integer.BYTES);
    out.putInt(value);
    return this;
  }

  CopyRows int8(long value) {
    out.putInt(Long.BYTES);
    out.putLong(value);
    return this;
  }

  /// A moment in Unix milliseconds; 0 is null.
  CopyRows time(long unixMillis) {
    if (unixMillis == 0) {
      out.putInt(NULL);
      return this;
    }
    return int8((unixMillis - EPOCH_MILLIS) * 1_000);
  }

  /// The rows are complete.
  void finish() throws SQLException {
    out.putShort(NULL);
    send();
    copy.endCopy();
  }

  private void send() throws SQLException {
    copy.writeToCopy(out.array(), 0, out.size());
    out.clear();
  }

  @Override
  public void close() throws SQLException {
    if (copy.isActive()) {
      copy.cancelCopy();
    }
  }
}
