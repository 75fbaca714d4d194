package dev.aegis.store;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;

/// Whether the storage key is the one that a database is sealed with: a row that only the right one
/// opens, made by the first gateway that comes.
public final class StorageKey {
  private static final byte[] BOUND_TO = "storage key".getBytes(StandardCharsets.US_ASCII);

  private StorageKey() {}

  /// Blocks.
  ///
  /// @throws StoreException.Rejected it is another one
  public static void check(Database database, StorageCipher cipher) {
    byte[] mark = cipher.sealer().seal(BOUND_TO, 0, BOUND_TO.length, BOUND_TO);
    byte[] sealed =
        database.run(
            "check the storage key",
            connection -> {
              try (PreparedStatement insert =
                  connection.prepareStatement(
                      "INSERT INTO storage_key (sealed) VALUES (?) ON CONFLICT DO NOTHING")) {
                insert.setBytes(1, mark);
                insert.executeUpdate();
              }
              try (PreparedStatement query =
                      connection.prepareStatement("SELECT sealed FROM storage_key");
                  ResultSet row = query.executeQuery()) {
                row.next();
                return row.getBytes(1);
              }
            });
    try {
      cipher.open(sealed, BOUND_TO);
    } catch (AuthenticationException e) {
      throw new StoreException.Rejected(
          "storage.keyset is not the key that this database is sealed with: nothing stored in it"
              + " could be read",
          e);
    }
  }
}
