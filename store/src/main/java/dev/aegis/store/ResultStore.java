package dev.aegis.store;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Optional;

/// What agents said about messages that they have processed; sealed. Thread-safe; blocks; throws
/// [StoreException].
public final class ResultStore {
  private final Database database;
  private final StorageCipher cipher;

  public ResultStore(Database database, StorageCipher cipher) {
    this.database = database;
    this.cipher = cipher;
  }

  /// Keeps what was said of a message, in the place of what was said before.
  public void put(StoredMessage message, byte[] result) {
    put(message.recipient(), message.mailboxEpoch(), message.sequence(), result);
  }

  /// Likewise, of the message at that place.
  public void put(String recipient, long mailboxEpoch, long sequence, byte[] result) {
    byte[] sealed = cipher.seal(result, associatedData(recipient, mailboxEpoch, sequence));
    database.run(
        "keep a message's result",
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO message_results (agent_id, mailbox_epoch, sequence, result)"
                      + " VALUES (?, ?, ?, ?) ON CONFLICT (agent_id, mailbox_epoch, sequence)"
                      + " DO UPDATE SET result = excluded.result")) {
            insert.setString(1, recipient);
            insert.setLong(2, mailboxEpoch);
            insert.setLong(3, sequence);
            insert.setBytes(4, sealed);
            return insert.executeUpdate();
          }
        });
  }

  /// What was said of a message, if anything was.
  public Optional<byte[]> find(StoredMessage message) {
    return database
        .run(
            "read a message's result",
            connection -> {
              try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT result FROM message_results WHERE agent_id = ?"
                          + " AND mailbox_epoch = ? AND sequence = ?")) {
                query.setString(1, message.recipient());
                query.setLong(2, message.mailboxEpoch());
                query.setLong(3, message.sequence());
                try (ResultSet row = query.executeQuery()) {
                  return row.next() ? Optional.of(row.getBytes(1)) : Optional.<byte[]>empty();
                }
              }
            })
        .map(sealed -> open(sealed, message));
  }

  private byte[] open(byte[] sealed, StoredMessage message) {
    try {
      return cipher.open(sealed, associatedData(message));
    } catch (AuthenticationException e) {
      throw new StoreException.Rejected("a stored result does not open", e);
    }
  }

  private static byte[] associatedData(StoredMessage message) {
    return associatedData(message.recipient(), message.mailboxEpoch(), message.sequence());
  }

  static byte[] associatedData(String recipient, long mailboxEpoch, long sequence) {
    return "message_results\0%s\0%d\0%d"
        .formatted(recipient, mailboxEpoch, sequence)
        .getBytes(StandardCharsets.UTF_8);
  }
}
