package dev.aegis.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/// Which member of a cluster owns which mailbox, and how it changes hands.
///
/// The `mailboxes` table says who the owner is: the journal with that id, or nobody where there is
/// none. Only the owner gives out sequences and finds repeats. It lets go when another asks, once
/// all it has of the mailbox is rows, so that the next owner needs nothing but the rows.
/// Thread-safe; blocks.
public final class MailboxClaims {
  private static final long RELEASE_SECONDS = 10;

  private final Database database;
  private final PostgresJournal journal;
  private final MailboxTable mailboxes;

  /// Between the table in the database and the one in memory.
  private final ReentrantLock guard = new ReentrantLock();

  public MailboxClaims(Database database, PostgresJournal journal) {
    this.database = database;
    this.journal = journal;
    this.mailboxes = journal.mailboxTable();
  }

  /// Who owns a mailbox.
  public sealed interface Owner {
    /// This gateway: it is in [Journal#mailboxes] now.
    ///
    /// @param login the number of the login that asked, 0 for none
    record Here(long login) implements Owner {}

    /// Another one, by its journal's id.
    record There(long journal) implements Owner {}
  }

  /// Makes these mailboxes this gateway's where nobody owns them.
  ///
  /// @param wanted whether another owner is asked to let go
  /// @throws StoreException the database cannot tell
  public Map<String, Owner> claim(Collection<String> recipients, boolean wanted) {
    return claim(recipients, wanted, wanted);
  }

  /// An agent's messages are to be handed out here, unless another node owns its mailbox, which is
  /// not asked for it.
  ///
  /// @throws StoreException the database cannot tell
  public Owner keep(String recipient) {
    Owner owner = claim(List.of(recipient), false, true).get(recipient);
    return owner == null ? new Owner.There(0) : owner;
  }

  private Map<String, Owner> claim(Collection<String> recipients, boolean wanted, boolean login) {
    String[] names = new TreeSet<>(recipients).toArray(String[]::new); // in one order: no deadlock
    guard.lock();
    try {
      Map<String, Long> logins = new HashMap<>();
      Map<String, Long> owners =
          database.inTransaction(
              "claim mailboxes",
              connection -> {
                Map<String, Long> found = claim(connection, names, wanted);
                if (login) {
                  countLogins(connection, names, logins);
                }
                return found;
              });
      Map<String, Owner> result = new HashMap<>();
      List<String> load = new ArrayList<>();
      owners.forEach((name, owner) -> {
        MailboxState known = mailboxes.find(name);
        if (owner != database.journal().value()) {
          result.put(name, new Owner.There(owner));
        } else if (known != null && known.isReleased()) {
          result.put(name, new Owner.There(0)); // on its way to another
        } else {
          result.put(name, new Owner.Here(logins.getOrDefault(name, 0L)));
          if (known == null) {
            load.add(name);
          }
        }
      });
      if (!load.isEmpty()) {
        MailboxTable loaded = new MailboxTable();
        MailboxLoader.of(database, load, loaded);
        for (String name : load) {
          MailboxState mailbox = loaded.find(name);
          if (mailbox != null) {
            mailboxes.adopt(name, mailbox);
          }
        }
      }
      return result;
    } finally {
      guard.unlock();
    }
  }

  private Map<String, Long> claim(Connection connection, String[] names, boolean wanted)
      throws SQLException {
    long me = database.journal().value();
    try (PreparedStatement fresh =
        connection.prepareStatement(
            "INSERT INTO mailboxes (agent_id, epoch, next_sequence, owner)"
                + " SELECT name, (extract(epoch FROM now()) * 1000)::bigint, 1, ?"
                + " FROM unnest(?::varchar[]) AS name ORDER BY name ON CONFLICT DO NOTHING")) {
      fresh.setLong(1, me);
      fresh.setArray(2, connection.createArrayOf("varchar", names));
      fresh.executeUpdate();
    }
    String locked =
        "(SELECT agent_id FROM mailboxes WHERE agent_id = ANY (?) AND owner <> ?"
            + " ORDER BY agent_id FOR UPDATE)";
    try (PreparedStatement free =
        connection.prepareStatement(
            "UPDATE mailboxes m SET owner = ?, wanted_by = NULL WHERE agent_id IN "
                + locked
                + " AND NOT EXISTS (SELECT FROM journals j WHERE j.id = m.owner)")) {
      free.setLong(1, me);
      free.setArray(2, connection.createArrayOf("varchar", names));
      free.setLong(3, me);
      free.executeUpdate();
    }
    if (wanted) {
      try (PreparedStatement want =
          connection.prepareStatement(
              "UPDATE mailboxes SET wanted_by = ? WHERE agent_id IN " + locked)) {
        want.setLong(1, me);
        want.setArray(2, connection.createArrayOf("varchar", names));
        want.setLong(3, me);
        want.executeUpdate();
      }
    }
    return owners(connection, names);
  }

  private void countLogins(Connection connection, String[] names, Map<String, Long> logins)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE mailboxes SET logins = logins + 1 WHERE owner = ? AND agent_id = ANY (?)"
                + " RETURNING agent_id, logins")) {
      statement.setLong(1, database.journal().value());
      statement.setArray(2, connection.createArrayOf("varchar", names));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          logins.put(row.getString(1), row.getLong(2));
        }
      }
    }
  }

  private static Map<String, Long> owners(Connection connection, String[] names)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT agent_id, owner FROM mailboxes WHERE agent_id = ANY (?)")) {
      query.setArray(1, connection.createArrayOf("varchar", names));
      Map<String, Long> owners = new HashMap<>();
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          owners.put(row.getString(1), row.getLong(2));
        }
      }
      return owners;
    }
  }

  /// How many mailboxes a journal owns.
  ///
  /// @param wanted those among them that another one asks for
  public record Owned(long mailboxes, long wanted) {}

  /// How many mailboxes each journal owns, by its id; one that is none any more stands for
  /// mailboxes that nobody owns. Reads the whole table: for people, not for every second.
  public Map<Long, Owned> owned() {
    return database.run(
        "count mailboxes",
        connection -> {
          try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT owner, count(*), count(*) FILTER (WHERE wanted_by IS NOT NULL)"
                          + " FROM mailboxes GROUP BY owner");
              ResultSet row = query.executeQuery()) {
            Map<Long, Owned> owned = new HashMap<>();
            while (row.next()) {
              owned.put(row.getLong(1), new Owned(row.getLong(2), row.getLong(3)));
            }
            return owned;
          }
        });
  }

  /// Mailboxes of this gateway that others ask for, up to so many, each with the journal that asks.
  public Map<String, Long> wanted(int limit) {
    return database.run(
        "read wanted mailboxes",
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT agent_id, wanted_by FROM mailboxes WHERE owner = ?"
                      + " AND wanted_by IS NOT NULL AND wanted_by <> owner LIMIT ?")) {
            query.setLong(1, database.journal().value());
            query.setInt(2, limit);
            Map<String, Long> wanted = new HashMap<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                wanted.put(row.getString(1), row.getLong(2));
              }
            }
            return wanted;
          }
        });
  }

  /// Lets go of these mailboxes, to whoever asked for them. Nothing may be delivered from them any
  /// more when this is called. Where it fails it can be called again; until then nobody stores
  /// anything in them.
  ///
  /// @throws StoreException the journal or its rows did not come that far
  public void release(Collection<String> recipients) {
    if (recipients.isEmpty()) {
      return;
    }
    List<CompletableFuture<Boolean>> behind = new ArrayList<>();
    for (String recipient : recipients) {
      CompletableFuture<Boolean> done = new CompletableFuture<>();
      if (journal.offer(new Release(recipient, done)) != Offer.ACCEPTED) {
        throw new StoreException.Unavailable("the journal takes nothing", null);
      }
      behind.add(done);
    }
    for (CompletableFuture<Boolean> done : behind) {
      if (!await(done)) {
        throw new StoreException.Unavailable("the journal did not come that far", null);
      }
    }
    journal.awaitProjected();
    String[] names = new TreeSet<>(recipients).toArray(String[]::new);
    guard.lock();
    try {
      database.inTransaction("release mailboxes", connection -> release(connection, names));
      recipients.forEach(mailboxes::forget);
    } finally {
      guard.unlock();
    }
  }

  private static boolean await(CompletableFuture<Boolean> done) {
    try {
      return done.get(RELEASE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Unavailable("interrupted while a mailbox was let go", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new StoreException.Unavailable("the journal did not come that far", e);
    }
  }

  private int release(Connection connection, String[] names) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE mailboxes SET owner = coalesce(wanted_by, 0), wanted_by = NULL"
                + " WHERE owner = ? AND agent_id IN (SELECT agent_id FROM mailboxes"
                + " WHERE agent_id = ANY (?) ORDER BY agent_id FOR UPDATE)")) {
      statement.setLong(1, database.journal().value());
      statement.setArray(2, connection.createArrayOf("varchar", names));
      return statement.executeUpdate();
    }
  }
}
