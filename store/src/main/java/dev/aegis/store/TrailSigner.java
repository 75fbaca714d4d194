package dev.aegis.store;

import dev.aegis.crypto.SigningKey;
import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.Checkpoint;
import dev.aegis.store.audit.Page;
import dev.aegis.store.audit.Retention;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Signs for what the trail has come to: a checkpoint for each trail with chains that have grown. A
/// gateway signs for the chains of its own run and for those of runs that are over.
///
/// It remembers the last checkpoint it saw of each trail: where the database has an older one, it
/// says so, and goes on behind the one it knows, so that the gap shows in every export. Blocks;
/// confined to one thread.
public final class TrailSigner {
  private static final Logger LOG = LoggerFactory.getLogger(TrailSigner.class);
  private static final int MAX_HEADS = 1_000;

  private final Database database;
  private final SigningKey key;
  private final InstantSource clock;
  private final Map<Chain, ChainWriter.Head> seen = new HashMap<>();

  public TrailSigner(Database database, SigningKey key, InstantSource clock) {
    this.database = database;
    this.key = key;
    this.clock = clock;
  }

  /// Signs for everything that is not signed for.
  public void sign() {
    for (Chain trail : database.run("look for what is not signed", this::unsigned)) {
      database
          .inTransaction("sign the audit trail", connection -> sign(connection, trail))
          .ifPresent(made -> seen.put(trail, made));
    }
  }

  private static final String UNSIGNED =
      " FROM audit_chains c WHERE number > signed AND stream <> 0 AND (journal = ?"
          + " OR NOT EXISTS (SELECT FROM journals j WHERE j.id = c.journal AND j.state = 'open'))";

  private List<Chain> unsigned(Connection connection) throws SQLException {
    List<Chain> trails = new ArrayList<>();
    try (PreparedStatement query =
        connection.prepareStatement("SELECT DISTINCT organization, retention" + UNSIGNED)) {
      query.setLong(1, database.journal().value());
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          trails.add(Chain.checkpoints(row.getString(1), Retention.ofCode(row.getInt(2))));
        }
      }
    }
    return trails;
  }

  private Optional<ChainWriter.Head> sign(Connection connection, Chain trail) throws SQLException {
    ChainWriter.Head last = lock(connection, trail);
    ChainWriter.Head known = seen.get(trail);
    if (known != null
        && (last.number() < known.number()
            || (last.number() == known.number() && !Arrays.equals(last.hash(), known.hash())))) {
      LOG.error(
          "checkpoints of the audit trail {} were removed or changed: there is number {}, and {} was"
              + " written",
          trail,
          last.number(),
          known.number());
      last = known;
    }
    List<Checkpoint.Head> heads = heads(connection, trail);
    if (heads.isEmpty()) {
      return Optional.empty(); // another node was faster
    }
    Page page =
        new Page(
            trail,
            last.number() + 1,
            Math.max(clock.millis(), last.atMillis()),
            last.atMillis(),
            last.hash(),
            new Checkpoint(key.verifyingKey().bytes(), heads).body());
    byte[] hash = page.hash();
    ChainWriter.insert(
        connection,
        List.of(ChainWriter.Row.checkpoint(page, hash, heads.size(), Checkpoint.sign(key, hash))));
    ChainWriter.Head made = new ChainWriter.Head(page.number(), page.atMillis(), hash);
    ChainWriter.advance(connection, new LinkedHashMap<>(Map.of(trail, made)));
    signed(connection, trail, heads);
    return Optional.of(made);
  }

  /// The last checkpoint, for nobody else to follow on until the transaction ends.
  private static ChainWriter.Head lock(Connection connection, Chain trail) throws SQLException {
    try (PreparedStatement first =
        connection.prepareStatement(
            "INSERT INTO audit_chains (organization, retention, stream, journal, number, at, hash)"
                + " VALUES (?, ?, 0, 0, 0, 0, ?)"
                + " ON CONFLICT (journal, stream, organization, retention) DO NOTHING")) {
      first.setString(1, trail.organization());
      first.setInt(2, trail.retention().code());
      first.setBytes(3, Page.none());
      first.executeUpdate();
    }
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT number, at, hash FROM audit_chains WHERE organization = ? AND retention = ?"
                + " AND stream = 0 AND journal = 0 FOR UPDATE")) {
      query.setString(1, trail.organization());
      query.setInt(2, trail.retention().code());
      try (ResultSet row = query.executeQuery()) {
        if (!row.next()) {
          throw new StoreException.Unavailable("a trail's checkpoints have gone", null);
        }
        return new ChainWriter.Head(row.getLong(1), row.getLong(2), row.getBytes(3));
      }
    }
  }

  private List<Checkpoint.Head> heads(Connection connection, Chain trail) throws SQLException {
    List<Checkpoint.Head> heads = new ArrayList<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT stream, journal, number, at, hash"
                + UNSIGNED
                + " AND organization = ? AND retention = ? ORDER BY stream, journal LIMIT ?")) {
      query.setLong(1, database.journal().value());
      query.setString(2, trail.organization());
      query.setInt(3, trail.retention().code());
      query.setInt(4, MAX_HEADS);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          heads.add(
              new Checkpoint.Head(
                  Chain.Stream.ofCode(row.getInt(1)),
                  row.getLong(2),
                  row.getLong(3),
                  row.getLong(4),
                  row.getBytes(5)));
        }
      }
    }
    return heads;
  }

  private static void signed(Connection connection, Chain trail, List<Checkpoint.Head> heads)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE audit_chains SET signed = greatest(signed, ?) WHERE organization = ?"
                + " AND retention = ? AND stream = ? AND journal = ?")) {
      for (Checkpoint.Head head : heads) {
        statement.setLong(1, head.number());
        statement.setString(2, trail.organization());
        statement.setInt(3, trail.retention().code());
        statement.setInt(4, head.stream().code());
        statement.setLong(5, head.journal());
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }
}
