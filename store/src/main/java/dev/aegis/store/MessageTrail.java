package dev.aegis.store;

import dev.aegis.crypto.MerkleTree;
import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.AuditEvent;
import dev.aegis.store.audit.Chain;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What the audit trail keeps of committed segments: every message and every step of it, in the
/// transaction of their rows, and so exactly once. A message is in the trail of its recipient's
/// organization, and in that of its sender's where that is another one. Confined to one thread.
final class MessageTrail {
  /// What it does with those that are not wanted.
  static final MessageTrail OFF =
      new MessageTrail(null, new Organizations(TrailSettings.defaults().fallback()));

  private final @Nullable ChainWriter chains;
  private final Organizations organizations;

  /// Of messages that have rows already, those that this batch changes.
  private final Map<RowState.Key, AuditEntry> stored = new HashMap<>();

  private MessageTrail(@Nullable ChainWriter chains, Organizations organizations) {
    this.chains = chains;
    this.organizations = organizations;
  }

  static MessageTrail of(JournalId journal, JournalSettings settings) {
    TrailSettings trail = settings.trail();
    return trail.messages()
        ? new MessageTrail(
            new ChainWriter(journal, Chain.Stream.MESSAGES, settings.clock()),
            new Organizations(trail.fallback()))
        : OFF;
  }

  /// Whether it has to know which rows changed.
  boolean wantsChanges() {
    return chains != null;
  }

  /// The rows that a transaction has changed, all at once.
  void changed(List<ChangedRow> rows) {
    stored.clear();
    rows.forEach(this::keep);
  }

  private void keep(ChangedRow row) {
    stored.put(
        row.key(),
        entry(
            row.key(), row.id(), row.sender(), row.type(), row.conversation(), row.correlation()));
  }

  private static AuditEntry entry(
      RowState.Key key,
      @Nullable UUID id,
      @Nullable String sender,
      @Nullable String type,
      @Nullable UUID conversation,
      @Nullable UUID correlation) {
    return new AuditEntry(
        AuditEvent.ACCEPTED,
        0,
        id,
        sender,
        key.recipient(),
        type,
        null,
        conversation,
        correlation,
        key.epoch(),
        key.sequence(),
        0,
        0,
        null);
  }

  /// Behind the change of the rows and before the checkpoint moves.
  ///
  /// @param later what was looked ahead in
  /// @param earlier messages whose end was written before, ahead of its segment
  void write(
      Connection connection,
      List<Committed> batch,
      List<Committed> later,
      RowChanges changes,
      Set<RowState.Key> earlier)
      throws SQLException {
    if (chains == null) {
      return;
    }
    if (!changes.discards().isEmpty()) {
      look(connection, changes.discards());
    }
    Fold fold = new Fold(stored, earlier);
    fold.batch(batch, changes.windows());
    fold.ahead(later, changes.early());
    organizations.load(connection, fold.agents());
    chains.write(connection, organizations, fold.pages(organizations).all());
    organizations.trim();
    stored.clear();
  }

  /// The transaction is on disk.
  void committed() {
    if (chains != null) {
      chains.committed();
    }
  }

  private void look(Connection connection, List<Discard> discards) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT "
                + ChangedRow.COLUMNS
                + " FROM message_queue m, unnest(?::varchar[], ?::bigint[], ?::bigint[])"
                + " AS u (agent_id, epoch, sequence) WHERE m.agent_id = u.agent_id"
                + " AND m.mailbox_epoch = u.epoch AND m.sequence = u.sequence"
                + " AND m.status <> 'processed'")) {
      query.setArray(
          1,
          connection.createArrayOf("varchar", discards.stream().map(Discard::recipient).toArray()));
      query.setArray(
          2,
          connection.createArrayOf(
              "bigint", discards.stream().map(Discard::mailboxEpoch).toArray()));
      query.setArray(
          3,
          connection.createArrayOf("bigint", discards.stream().map(Discard::sequence).toArray()));
      try (ResultSet rows = query.executeQuery()) {
        ChangedRow.read(rows).forEach(this::keep);
      }
    }
  }

  /// A message that was accepted in the batch, with the steps that need no entries of their own.
  private static final class Line {
    final AuditEntry entry;
    long deliveredAt;
    long processedAt;

    Line(AuditEntry entry) {
      this.entry = entry;
    }

    /// @return false if the step needs an entry
    boolean takes(Progress progress) {
      return switch (progress.status()) {
        case DELIVERED -> {
          boolean first = deliveredAt == 0 && processedAt == 0;
          deliveredAt = first ? progress.atMillis() : deliveredAt;
          yield first && deliveredAt != 0;
        }
        case PROCESSED -> {
          processedAt = progress.atMillis();
          yield processedAt != 0;
        }
        case PENDING, FAILED, EXPIRED, DEAD, MOVED -> false;
      };
    }
  }

  private static final class Fold {
    private final Map<RowState.Key, AuditEntry> stored;
    private final Set<RowState.Key> earlier;
    private final Map<RowState.Key, Line> lines = new LinkedHashMap<>();
    private final List<AuditEntry> steps = new ArrayList<>();

    Fold(Map<RowState.Key, AuditEntry> stored, Set<RowState.Key> earlier) {
      this.stored = stored;
      this.earlier = earlier;
    }

    void batch(List<Committed> batch, List<SignedWindow> signed) {
      Map<UUID, SignedWindow> windows = new HashMap<>();
      signed.forEach(window -> windows.put(window.id(), window));
      for (Committed committed : batch) {
        for (Accept accept : committed.accepts()) {
          lines.put(
              new RowState.Key(accept.recipient(), accept.mailboxEpoch(), accept.sequence()),
              new Line(accepted(accept, digest(accept, windows))));
        }
        for (Committed.Effect effect : committed.effects()) {
          Progress progress = effect.progress();
          for (long sequence : effect.sequences()) {
            RowState.Key key =
                new RowState.Key(progress.recipient(), progress.mailboxEpoch(), sequence);
            if (!earlier.contains(key)) {
              step(key, progress);
            }
          }
        }
        for (Discard discard : committed.discards()) {
          steps.add(
              about(discard.letter()).step(AuditEvent.DISCARDED, discard.atMillis(), "discarded"));
        }
      }
    }

    /// What is written with this batch although it comes behind it.
    void ahead(List<Committed> later, Set<RowState.Key> early) {
      if (early.isEmpty()) {
        return;
      }
      Set<RowState.Key> left = new HashSet<>(early);
      for (Committed committed : later) {
        for (Committed.Effect effect : committed.effects()) {
          Progress progress = effect.progress();
          for (long sequence : effect.sequences()) {
            RowState.Key key =
                new RowState.Key(progress.recipient(), progress.mailboxEpoch(), sequence);
            if (left.contains(key)) {
              step(key, progress);
              if (progress.status() == MessageStatus.PROCESSED) {
                left.remove(key);
              }
            }
          }
        }
      }
    }

    private void step(RowState.Key key, Progress progress) {
      Line line = lines.get(key);
      if (line == null || !line.takes(progress)) {
        AuditEntry about = line == null ? about(key) : line.entry;
        steps.add(about.step(event(progress.status()), progress.atMillis(), progress.reason()));
      }
    }

    /// Where there is no row, its place alone is known.
    private AuditEntry about(RowState.Key key) {
      AuditEntry known = stored.get(key);
      return known == null ? entry(key, null, null, null, null, null) : known;
    }

    private static AuditEvent event(MessageStatus status) {
      return switch (status) {
        case PENDING -> AuditEvent.RETRIED;
        case DELIVERED -> AuditEvent.DELIVERED;
        case PROCESSED -> AuditEvent.PROCESSED;
        case FAILED -> AuditEvent.FAILED;
        case EXPIRED -> AuditEvent.EXPIRED;
        case DEAD -> AuditEvent.DEAD;
        case MOVED -> AuditEvent.MOVED;
      };
    }

    private static AuditEntry accepted(Accept accept, byte[] digest) {
      return new AuditEntry(
          accept.redrives() == null ? AuditEvent.ACCEPTED : AuditEvent.REDRIVEN,
          accept.acceptedAtMillis(),
          accept.id(),
          accept.sender(),
          accept.recipient(),
          accept.type(),
          null,
          accept.conversation(),
          accept.correlation(),
          accept.mailboxEpoch(),
          accept.sequence(),
          accept.envelope().length,
          accept.priority(),
          digest);
    }

    /// As its signing window has it, or the same from the envelope.
    private static byte[] digest(Accept accept, Map<UUID, SignedWindow> windows) {
      SignedWindow window = windows.get(accept.windowId());
      int from = accept.leafIndex() * MerkleTree.HASH_BYTES;
      if (window != null && from >= 0 && from < window.leafHashes().length) {
        return Arrays.copyOfRange(window.leafHashes(), from, from + MerkleTree.HASH_BYTES);
      }
      return MerkleTree.leafHash(accept.envelope(), 0, accept.envelope().length);
    }

    Set<String> agents() {
      Set<String> agents = new HashSet<>();
      lines.values().forEach(line -> add(agents, line.entry));
      steps.forEach(step -> add(agents, step));
      return agents;
    }

    private static void add(Set<String> agents, AuditEntry entry) {
      if (entry.sender() != null) {
        agents.add(entry.sender());
      }
      if (entry.recipient() != null) {
        agents.add(entry.recipient());
      }
    }

    TrailPages pages(Organizations organizations) {
      TrailPages pages = new TrailPages();
      for (Line line : lines.values()) {
        put(pages, organizations, line.entry, line.deliveredAt, line.processedAt);
      }
      for (AuditEntry step : steps) {
        put(pages, organizations, step, 0, 0);
      }
      return pages;
    }

    private static void put(
        TrailPages pages,
        Organizations organizations,
        AuditEntry entry,
        long deliveredAt,
        long processedAt) {
      String recipients = organizations.ofFirst(Arrays.asList(entry.recipient()));
      String senders = organizations.ofFirst(Arrays.asList(entry.sender()));
      pages.add(recipients, entry, deliveredAt, processedAt);
      if (!senders.equals(recipients) && !senders.equals(Chain.GATEWAY)) {
        pages.add(senders, entry, deliveredAt, processedAt);
      }
    }
  }
}
