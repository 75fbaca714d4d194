package dev.aegis.store;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/// Answers by the Idempotency-Key of their request. Of any number of equal requests at any nodes,
/// one is carried out. Answers are sealed: some have secrets in them. Thread-safe; blocks; throws
/// [StoreException].
public final class IdempotencyStore {
  /// How long an answer is kept.
  public static final Duration KEPT = Duration.ofDays(1);

  /// An attempt that has not ended by then never will: its node has died.
  static final Duration ABANDONED = Duration.ofMinutes(2);

  private final Database database;
  private final StorageCipher cipher;
  private final InstantSource clock;

  /// Whose key it is.
  public record Name(String caller, String key) {
    byte[] associatedData() {
      return ("idempotency_keys\0" + caller + '\0' + key).getBytes(StandardCharsets.UTF_8);
    }
  }

  /// What came of claiming a key.
  public sealed interface Claim {
    /// The request is to be carried out, and then [#complete] or another end of it said.
    ///
    /// @param id for what is made
    record Mine(UUID id, long startedAtMillis) implements Claim {}

    /// It was carried out before.
    record Answered(int status, byte[] answer) implements Claim {}

    /// Another one is at it.
    record UnderWay() implements Claim {}

    /// The key came with another request.
    record Reused() implements Claim {}
  }

  public IdempotencyStore(Database database, StorageCipher cipher, InstantSource clock) {
    this.database = database;
    this.cipher = cipher;
    this.clock = clock;
  }

  /// @param request a hash of the request
  /// @param id for what is made, unless an earlier attempt had one
  public Claim claim(Name name, byte[] request, UUID id) {
    long now = clock.millis();
    return database.inTransaction(
        "claim an idempotency key",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "INSERT INTO idempotency_keys AS k (caller, key, request, id, started_at)"
                      + " VALUES (?, ?, ?, ?, to_timestamp(? / 1000.0))"
                      + " ON CONFLICT (caller, key) DO UPDATE SET request = excluded.request,"
                      + " id = CASE WHEN k.started_at < to_timestamp(? / 1000.0)"
                      + " THEN excluded.id ELSE k.id END, started_at = excluded.started_at,"
                      + " released = false, status = NULL, answer = NULL"
                      + " WHERE k.started_at < to_timestamp(? / 1000.0) OR (k.status IS NULL"
                      + " AND k.request = excluded.request"
                      + " AND (k.released OR k.started_at < to_timestamp(? / 1000.0)))"
                      + " RETURNING id")) {
            statement.setString(1, name.caller);
            statement.setString(2, name.key);
            statement.setBytes(3, request);
            statement.setObject(4, id);
            statement.setLong(5, now);
            statement.setLong(6, now - KEPT.toMillis());
            statement.setLong(7, now - KEPT.toMillis());
            statement.setLong(8, now - ABANDONED.toMillis());
            try (ResultSet row = statement.executeQuery()) {
              if (row.next()) {
                return new Claim.Mine(row.getObject(1, UUID.class), now);
              }
            }
          }
          return found(connection, name, request);
        });
  }

  private Claim found(Connection connection, Name name, byte[] request) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT request, status, answer FROM idempotency_keys WHERE caller = ? AND key = ?")) {
      query.setString(1, name.caller);
      query.setString(2, name.key);
      try (ResultSet row = query.executeQuery()) {
        if (!row.next()) {
          return new Claim.UnderWay(); // it has just been given up: the caller tries again
        }
        if (!Arrays.equals(row.getBytes(1), request)) {
          return new Claim.Reused();
        }
        int status = row.getInt(2);
        byte[] sealed = row.getBytes(3);
        if (sealed == null) {
          return new Claim.UnderWay();
        }
        return new Claim.Answered(status, cipher.open(sealed, name.associatedData()));
      }
    } catch (AuthenticationException e) {
      throw new StoreException.Rejected("a stored answer does not open", e);
    }
  }

  /// Keeps the answer, unless the claim was lost meanwhile.
  public void complete(Name name, Claim.Mine mine, int status, byte[] answer) {
    byte[] sealed = cipher.seal(answer, name.associatedData());
    database.run(
        "keep an answer",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "UPDATE idempotency_keys SET status = ?, answer = ? WHERE caller = ? AND key = ?"
                      + " AND status IS NULL AND started_at = to_timestamp(? / 1000.0)")) {
            statement.setInt(1, status);
            statement.setBytes(2, sealed);
            statement.setString(3, name.caller);
            statement.setString(4, name.key);
            statement.setLong(5, mine.startedAtMillis);
            return statement.executeUpdate();
          }
        });
  }

  /// Nobody knows what came of it: it may be tried again, with the same id.
  public void release(Name name, Claim.Mine mine) {
    end("UPDATE idempotency_keys SET released = true", name, mine);
  }

  /// Nothing was done: the key is free.
  public void forget(Name name, Claim.Mine mine) {
    end("DELETE FROM idempotency_keys", name, mine);
  }

  private void end(String how, Name name, Claim.Mine mine) {
    database.run(
        "give an idempotency key back",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  how
                      + " WHERE caller = ? AND key = ? AND status IS NULL"
                      + " AND started_at = to_timestamp(? / 1000.0)")) {
            statement.setString(1, name.caller);
            statement.setString(2, name.key);
            statement.setLong(3, mine.startedAtMillis);
            return statement.executeUpdate();
          }
        });
  }

  /// Deletes what is old.
  ///
  /// @return the callers that still have this many keys
  public Set<String> purge(int many) {
    return database.run(
        "purge idempotency keys",
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  "DELETE FROM idempotency_keys WHERE started_at < to_timestamp(? / 1000.0)")) {
            statement.setLong(1, clock.millis() - KEPT.toMillis());
            statement.executeUpdate();
          }
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT caller FROM idempotency_keys GROUP BY caller HAVING count(*) >= ?")) {
            query.setInt(1, many);
            Set<String> callers = new HashSet<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                callers.add(row.getString(1));
              }
            }
            return callers;
          }
        });
  }
}
