package dev.aegis.store;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What the columns of `message_queue` mean. Thread-safe.
final class MessageRows {
  static final String SELECT =
      "SELECT id, sender_id, agent_id, mailbox_epoch, sequence, kind, priority, guarantee,"
          + " message_type, channel, conversation_id, correlation_id, encrypted_payload, status,"
          + " reason, retry_count, failure_count, "
          + millis("next_attempt_at")
          + ", "
          + millis("created_at")
          + ", "
          + millis("expires_at")
          + ", "
          + millis("delivered_at")
          + ", "
          + millis("processed_at")
          + ", window_id, leaf_index, routed_to, "
          + millis("finished_at")
          + " FROM message_queue ";

  /// Likewise without the envelopes.
  static final String HEADS = SELECT.replace("encrypted_payload", "NULL::bytea");

  /// Which column says when it ended.
  static final int FINISHED = 26;

  /// How many [#SELECT] has.
  static final int COLUMNS = FINISHED;

  private static final String FROM = " FROM message_queue ";

  private static final byte[] LEFT_OUT = {};

  private final StorageCipher cipher;

  MessageRows(StorageCipher cipher) {
    this.cipher = cipher;
  }

  static String millis(String column) {
    return "(extract(epoch FROM " + column + ") * 1000)::bigint";
  }

  /// Selects rows without their envelopes; behind their columns comes how many there are.
  ///
  /// @param where a condition, and perhaps how many of the rows that it fits are enough
  static String listed(String where) {
    return HEADS.replace(FROM, ", count(*) OVER ()")
        + " FROM (SELECT * FROM message_queue WHERE "
        + where
        + ") message_queue";
  }

  StoredMessage message(ResultSet row) throws SQLException {
    UUID id = row.getObject(1, UUID.class);
    String sender = row.getString(2);
    String recipient = row.getString(3);
    return new StoredMessage(
        id,
        sender,
        recipient,
        row.getLong(4),
        row.getLong(5),
        row.getInt(6),
        row.getInt(7),
        row.getInt(8),
        row.getString(9),
        row.getString(10),
        row.getObject(11, UUID.class),
        row.getObject(12, UUID.class),
        open(row.getBytes(13), id, sender, recipient),
        status(row.getString(14)),
        row.getString(15),
        row.getInt(16),
        row.getInt(17),
        row.getLong(18),
        row.getLong(19),
        row.getLong(20),
        row.getLong(21),
        row.getLong(22),
        row.getObject(23, UUID.class),
        row.getInt(24),
        row.getString(25));
  }

  DeadLetter deadLetter(ResultSet row) throws SQLException {
    return new DeadLetter(message(row), row.getLong(FINISHED));
  }

  /// Nothing where it was erased, or is left out of a list.
  private byte[] open(byte @Nullable [] sealed, UUID id, String sender, String recipient) {
    if (sealed == null || sealed.length == 0) {
      return LEFT_OUT;
    }
    try {
      return cipher.open(sealed, Accept.associatedData(id, sender, recipient));
    } catch (AuthenticationException e) {
      throw new StoreException.Rejected("a stored message does not open", e);
    }
  }

  /// Fills in what a query asks for.
  interface Binder {
    void bind(PreparedStatement query) throws SQLException;
  }

  static MessageStatus status(String text) {
    MessageStatus status = MessageStatus.ofText(text);
    if (status == null) {
      throw new StoreException.Rejected("a stored message has an unknown status", null);
    }
    return status;
  }
}
