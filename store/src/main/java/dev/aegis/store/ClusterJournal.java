package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import dev.aegis.protocol.Priority;
import dev.aegis.store.NodeFrames.Result;
import dev.aegis.store.NodeFrames.Told;
import dev.aegis.store.fabric.Fabric;
import dev.aegis.store.fabric.FabricListener;
import dev.aegis.store.fabric.SendResult;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/// The journal of a node in a cluster. What concerns a mailbox of this node goes to its own
/// journal, [PostgresJournal]; the rest goes to the node that owns the mailbox, which stores it and
/// answers. Thread-safe.
///
/// The fabric only carries what nobody has been promised yet: what is lost with it is sent again.
public final class ClusterJournal implements Journal {
  private final ClusterReports reports;
  private final PostgresJournal here;
  private final MailboxClaims claims;
  private final Fabric fabric;
  private final Forwarder forwarder;
  private final Logins logins;
  private final NodeMail mail;
  private final Members members;

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

  private ClusterJournal(
      Database database,
      StorageCipher cipher,
      JournalSettings settings,
      MemberSettings memberSettings,
      JournalListener listener,
      Node node,
      Function<FabricListener, Fabric> opened) {
    this.reports = new ClusterReports(listener);
    this.here = PostgresJournal.open(database, cipher, settings, reports);
    this.claims = new MailboxClaims(database, here);
    ClusterInbox inbox = new ClusterInbox(this, here, node);
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

  /// Somebody may wait for a mailbox, or one may have come free.
  void ring() {
    logins.ring();
  }

  void answered(Told result) {
    forwarder.answered(result);
  }

  /// Whether an entry whose mailbox went to another node, while it waited here, follows it.
  boolean forward(JournalEntry entry) {
    return switch (entry) {
      case Accept accept -> forwarder.offer(accept, accept.recipient()) == Offer.ACCEPTED;
      case Discard discard -> forwarder.offer(discard, discard.recipient()) == Offer.ACCEPTED;
      case Progress _, Release _, SignedWindow _ -> false;
    };
  }

  void tell(long other, List<Told> results) {
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
}
