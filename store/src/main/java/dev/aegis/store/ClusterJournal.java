package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import dev.aegis.protocol.Priority;
import dev.aegis.store.NodeFrames.Result;
import dev.aegis.store.NodeFrames.Told;
import dev.aegis.store.fabric.Fabric;
import dev.aegis.store.fabric.FabricListener;
import dev.aegis.store.fabric.SendResult;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The journal of a node in a cluster. What concerns a mailbox of this node goes to its own
/// journal, [PostgresJournal]; the rest goes to the node that owns the mailbox, which stores it and
/// answers. Thread-safe.
///
/// The fabric only carries what nobody has been promised yet: what is lost with it is sent again.
public final class ClusterJournal implements Journal {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterJournal.class);

  private final Reports reports;
  private final PostgresJournal here;
  private final MailboxClaims claims;
  private final Fabric fabric;
  private final Forwarder forwarder;
  private final Logins logins;
  private final NodeMail mail;
  private final Members members;
  private final Node node;

  /// The gateway, as its cluster needs it. Any thread, but for [#received].
  public interface Node {
    /// Ends the agent's session here, if there is one: it has logged in elsewhere. Completes when
    /// nothing more comes of it.
    CompletionStage<?> letGo(String agent);

    /// Whether nothing more fits into a mailbox of this depth.
    boolean isFull(Mailboxes.Depth depth);

    /// A frame of the gateway's own came. One call at a time; may block.
    void received(long fromNode, Priority priority, byte[] frame);

    /// A flight came on a channel. One call at a time; may block.
    void published(String channel, byte[] flight);

    /// A node is gone, and its mailboxes are free.
    void gone(long node);

    /// This node has lost all that it owned: it has to start anew.
    void fenced();
  }

  /// Whose entry it is: another node's, which waits for an answer.
  private record Forwarded(long node, long ticket) {}

  private ClusterJournal(
      Database database,
      StorageCipher cipher,
      JournalSettings settings,
      MemberSettings memberSettings,
      JournalListener listener,
      Node node,
      Function<FabricListener, Fabric> opened) {
    this.node = node;
    this.reports = new Reports(listener);
    this.here = PostgresJournal.open(database, cipher, settings, reports);
    this.claims = new MailboxClaims(database, here);
    Inbox inbox = new Inbox();
    this.fabric = opened.apply(inbox);
    this.forwarder =
        new Forwarder(this::carry, claims, here, new Ends(), Forwarder.Settings.defaults());
    this.mail =
        new NodeMail(
            database,
            cipher,
            () -> fabric.state().up(),
            (from, frames) -> inbox.received(from, Priority.CRITICAL, frames));
    this.logins =
        new Logins(
            claims,
            owner -> ring(owner, NodeFrames.WANTED),
            other -> ring(other, NodeFrames.RELEASED),
            node::letGo);
    this.members =
        Members.start(
            database,
            cipher,
            memberSettings,
            settings,
            new Members.Listener() {
              @Override
              public void takenOver(long journal) {
                fabric.dropInbox(journal);
                forwarder.gone(journal);
                logins.ring();
                node.gone(journal);
              }

              @Override
              public void fenced() {
                node.fenced();
              }
            });
  }

  /// Opens the node's journal and takes part in the cluster.
  ///
  /// @param database shared
  /// @param fabric opens the fabric with the id of [#nodeId]
  /// @throws StoreException as [PostgresJournal#open]
  public static ClusterJournal open(
      Database database,
      StorageCipher cipher,
      JournalSettings settings,
      MemberSettings memberSettings,
      JournalListener listener,
      Node node,
      Function<FabricListener, Fabric> fabric) {
    if (!database.isShared()) {
      throw new IllegalArgumentException("a cluster's database is shared");
    }
    ClusterJournal journal =
        new ClusterJournal(database, cipher, settings, memberSettings, listener, node, fabric);
    journal.reports.of(journal);
    journal.forwarder.start();
    journal.logins.start();
    journal.mail.start();
    return journal;
  }

  /// The id of the node that has opened this database.
  public static long nodeId(Database database) {
    return database.journal().value();
  }

  /// What has this node's own mailboxes.
  public PostgresJournal here() {
    return here;
  }

  public Members members() {
    return members;
  }

  public Fabric fabric() {
    return fabric;
  }

  /// How many entries are on their way to other nodes.
  public long forwarding() {
    return forwarder.size();
  }

  /// How many mailboxes each node owns, as [MailboxClaims#owned]. Blocks.
  public Map<Long, MailboxClaims.Owned> owned() {
    return claims.owned();
  }

  /// How many mailboxes are here.
  public int mailboxesHere() {
    return here.mailboxCount();
  }

  /// How many agents wait here for their mailbox.
  public int waitingLogins() {
    return logins.waiting();
  }

  /// How many mailboxes this node has let go of since it started.
  public long released() {
    return logins.released();
  }

  /// Asks for the mailbox of an agent that logs in here. Completes with the number of the login
  /// once it is this node's; with 0 where that takes too long.
  public CompletionStage<Long> own(String agent) {
    return logins.own(agent);
  }

  /// As [#own], but only where no other node owns the mailbox: completes with 0 where one does, or
  /// where the database cannot tell.
  public CompletionStage<Long> keep(String agent) {
    CompletableFuture<Long> login = new CompletableFuture<>();
    Thread.startVirtualThread(() -> {
      try {
        login.complete(
            claims.keep(agent) instanceof MailboxClaims.Owner.Here(long number) ? number : 0L);
      } catch (RuntimeException e) {
        login.completeExceptionally(e);
      }
    });
    return login;
  }

  /// Makes mailboxes this node's where nobody owns them. Blocks.
  ///
  /// @throws StoreException the database cannot tell
  public void adopt(Collection<String> recipients) {
    claims.claim(recipients, false);
  }

  @Override
  public Offer offer(JournalEntry entry) {
    String recipient =
        switch (entry) {
          case Accept accept -> accept.recipient();
          case Discard discard -> discard.recipient();
          case Progress _, Release _, SignedWindow _ -> null;
        };
    if (recipient == null || here.mailboxes().owns(recipient)) {
      return here.offer(entry);
    }
    return here.state().available() ? forwarder.offer(entry, recipient) : Offer.UNAVAILABLE;
  }

  @Override
  public Mailboxes mailboxes() {
    return here.mailboxes();
  }

  @Override
  public JournalState state() {
    return here.state();
  }

  /// Stops taking part: what is accepted here becomes rows, and the mailboxes are free.
  @Override
  public void close() {
    logins.close();
    forwarder.close();
    mail.close();
    here.close();
    members.close();
    fabric.close();
  }

  /// Stops as a crash would: nothing more is written, sent or reported.
  void abandon() {
    here.abandon();
    members.close();
    logins.close();
    forwarder.close();
    mail.close();
    fabric.close();
  }

  private void ring(long other, byte bell) {
    fabric.send(other, Priority.CRITICAL, NodeFrames.bell(bell));
  }

  private void tell(long other, List<Told> results) {
    carry(other, Priority.CRITICAL, NodeFrames.results(results));
  }

  /// Over the fabric, or through the database where that is away.
  private CompletionStage<SendResult> carry(long other, Priority priority, byte[] frame) {
    return fabric
        .send(other, priority, frame)
        .thenCompose(result ->
            result == SendResult.UNAVAILABLE
                ? mail.post(other, frame)
                : CompletableFuture.completedFuture(result));
  }

  /// What comes from other nodes.
  private final class Inbox implements FabricListener {
    @Override
    public void received(long fromNode, Priority priority, List<byte[]> flights) {
      List<Told> refused = new ArrayList<>();
      for (byte[] frame : flights) {
        try {
          switch (frame[0]) {
            case NodeFrames.FORWARD -> take(fromNode, frame, refused);
            case NodeFrames.RESULTS -> NodeFrames.results(frame).forEach(forwarder::answered);
            case NodeFrames.WANTED, NodeFrames.RELEASED -> logins.ring();
            default -> {
              if (frame[0] >= NodeFrames.FIRST_FREE) {
                node.received(fromNode, priority, frame);
              } else {
                LOG.debug("node {} sent an unknown frame {}", fromNode, frame[0]);
              }
            }
          }
        } catch (StoreException e) {
          LOG.warn("a frame of node {} is passed over: {}", fromNode, e.getMessage());
        }
      }
      if (!refused.isEmpty()) {
        tell(fromNode, refused);
      }
    }

    private void take(long fromNode, byte[] frame, List<Told> refused) {
      Forwarded origin = new Forwarded(fromNode, NodeFrames.ticket(frame));
      Result why =
          switch (NodeFrames.entry(frame)) {
            case Accept accept -> {
              boolean full = node.isFull(here.mailboxes().depth(accept.recipient()));
              yield full ? Result.MAILBOX_FULL : offered(accept.from(origin), accept.recipient());
            }
            case Discard discard ->
                offered(
                    new Discard(
                        discard.recipient(),
                        discard.mailboxEpoch(),
                        discard.sequence(),
                        discard.atMillis(),
                        origin),
                    discard.recipient());
            case Progress _, Release _, SignedWindow _ ->
                throw new StoreException.Rejected("this entry is not for another node", null);
          };
      if (why != null) {
        refused.add(new Told(origin.ticket, why, 0, 0));
      }
    }

    private @Nullable Result offered(JournalEntry entry, String recipient) {
      if (!here.mailboxes().owns(recipient)) {
        return Result.MOVED;
      }
      return switch (here.offer(entry)) {
        case ACCEPTED -> null;
        case FULL -> Result.BUSY;
        case UNAVAILABLE -> Result.UNAVAILABLE;
        case CLOSED -> Result.MOVED; // somebody else has it soon
      };
    }

    @Override
    public void published(String channel, byte[] flight) {
      node.published(channel, flight);
    }

    @Override
    public void inboxLost() {
      logins.ring(); // a bell may have been in it; whatever else was is sent again
    }
  }

  /// What becomes of entries that other nodes had.
  private final class Ends implements Forwarder.Ends {
    @Override
    public void stored(JournalEntry entry, Result result, long epoch, long sequence) {
      boolean fresh = result == Result.STORED;
      switch (entry) {
        case Accept accept ->
            accept.place(
                fresh ? Outcome.STORED_ELSEWHERE : Outcome.valueOf(result.name()), epoch, sequence);
        case Discard discard -> discard.place(fresh ? Outcome.STORED : Outcome.SETTLED);
        case Progress _, Release _, SignedWindow _ ->
            throw new IllegalStateException("not forwarded");
      }
      reports.tell(listener -> listener.committed(List.of(entry)));
    }

    @Override
    public void refused(JournalEntry entry, StoreException why) {
      reports.tell(listener -> listener.refused(List.of(entry), why));
    }
  }

  /// Passes on what the journals report: to the gateway here, or to the node that forwarded an
  /// entry.
  private static final class Reports implements JournalListener {
    private final JournalListener listener;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable ClusterJournal cluster;

    Reports(JournalListener listener) {
      this.listener = listener;
    }

    void of(ClusterJournal journal) {
      cluster = journal;
    }

    void tell(Consumer<JournalListener> what) {
      lock.lock();
      try {
        what.accept(listener);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void committed(List<JournalEntry> entries) {
      Map<Long, List<Told>> results = new HashMap<>();
      for (JournalEntry entry : entries) {
        switch (entry) {
          case Accept accept when accept.origin() instanceof Forwarded from ->
              add(
                  results,
                  from,
                  resultOf(accept.outcome()),
                  accept.mailboxEpoch(),
                  accept.sequence());
          case Discard discard when discard.origin() instanceof Forwarded from ->
              add(results, from, resultOf(discard.outcome()), 0, 0);
          case Accept _, Discard _, Progress _, Release _, SignedWindow _ -> {}
        }
      }
      tell(gateway -> gateway.committed(entries));
      send(results);
    }

    private static Result resultOf(Outcome outcome) {
      return switch (outcome) {
        case STORED, STORED_ELSEWHERE -> Result.STORED;
        case DUPLICATE -> Result.DUPLICATE;
        case CONFLICT -> Result.CONFLICT;
        case SETTLED -> Result.SETTLED;
      };
    }

    private static void add(
        Map<Long, List<Told>> results, Forwarded from, Result result, long epoch, long sequence) {
      results
          .computeIfAbsent(from.node, _ -> new ArrayList<>())
          .add(new Told(from.ticket, result, epoch, sequence));
    }

    private void send(Map<Long, List<Told>> results) {
      ClusterJournal journal = cluster;
      if (journal != null) {
        results.forEach(journal::tell);
      }
    }

    @Override
    public void refused(List<JournalEntry> entries, StoreException why) {
      ClusterJournal journal = cluster;
      Map<Long, List<Told>> results = new HashMap<>();
      List<JournalEntry> own = new ArrayList<>();
      for (JournalEntry entry : entries) {
        Forwarded from =
            switch (entry) {
              case Accept accept when accept.origin() instanceof Forwarded forwarded -> forwarded;
              case Discard discard when discard.origin() instanceof Forwarded forwarded ->
                  forwarded;
              case Accept _, Discard _, Progress _, Release _, SignedWindow _ -> null;
            };
        boolean moved = why instanceof StoreException.Moved;
        if (from != null) {
          add(results, from, moved ? Result.MOVED : Result.UNAVAILABLE, 0, 0);
        } else if (!moved || journal == null || !again(journal, entry)) {
          own.add(entry);
        }
      }
      if (!own.isEmpty()) {
        tell(gateway -> gateway.refused(own, why));
      }
      send(results);
    }

    /// The mailbox went to another node while the entry waited here.
    private static boolean again(ClusterJournal journal, JournalEntry entry) {
      return switch (entry) {
        case Accept accept -> journal.forwarder.offer(accept, accept.recipient()) == Offer.ACCEPTED;
        case Discard discard ->
            journal.forwarder.offer(discard, discard.recipient()) == Offer.ACCEPTED;
        case Progress _, Release _, SignedWindow _ -> false;
      };
    }
  }
}
