package dev.aegis.gateway.simulation;

import dev.aegis.gateway.delivery.Decision.Persist;
import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.gateway.delivery.Departures;
import dev.aegis.gateway.delivery.HeldBytes;
import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import dev.aegis.store.Accept;
import dev.aegis.store.Discard;
import dev.aegis.store.JournalEntry;
import dev.aegis.store.JournalListener;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Offer;
import dev.aegis.store.Progress;
import dev.aegis.store.Release;
import dev.aegis.store.SignedWindow;
import dev.aegis.store.SimulatedDisk;
import dev.aegis.store.SimulatedJournal;
import dev.aegis.store.StoreException;
import dev.aegis.store.StoredMessage;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// The gateway: carries out what the mailboxes of its sessions decide, as the router does, over the
/// journal's own code. It can be killed; what it was then is gone but for the disk.
final class Node implements JournalListener {
  /// How long a login that was taken over may live on.
  static final int TAKEOVER_MILLIS = 3;

  private static final int SWEEP_EVERY = 150;
  private static final int MOVE_EVERY = 60;

  private final World world;
  private final SimulatedDisk disk = new SimulatedDisk();
  private Departures departures = new Departures();
  private HeldBytes held = new HeldBytes(Settings.HELD_BYTES);
  private final Map<String, NodeSession> sessions = new HashMap<>();
  private final Map<Link, NodeSession> byLink = new HashMap<>();
  private SimulatedJournal journal;
  private boolean up;
  private boolean databaseUp = true;
  private int life;
  private long redriven;
  private long logins;

  /// Who waits for what becomes of a journal entry.
  sealed interface Origin {
    record FromSender(NodeSession session, UUID id) implements Origin {}

    record FromMailbox(NodeSession session, Persist record) implements Origin {}

    record FromSweeper(List<StoredMessage> messages) implements Origin {}

    record FromMovingOn() implements Origin {}
  }

  Node(World world) {
    this.world = world;
    this.journal = recover();
  }

  private SimulatedJournal recover() {
    return new SimulatedJournal(
        disk,
        Settings.QUEUE_ENTRIES,
        Settings.SEGMENT_ENTRIES,
        () -> Instant.ofEpochMilli(world.clock()),
        this,
        world.mutation != Mutation.FORGETS_OLD_IDS,
        _ -> world.mutation == Mutation.LOSES_SEGMENTS);
  }

  SimulatedDisk disk() {
    return disk;
  }

  SimulatedJournal journal() {
    return journal;
  }

  boolean databaseUp() {
    return databaseUp;
  }

  boolean idle() {
    return up && databaseUp && journal.idle();
  }

  void start() {
    up = true;
    write();
    sweep();
    move();
  }

  void calmDown() {
    databaseUp = true;
    if (!up) {
      restart();
    }
  }

  // ---- failures

  void crash() {
    if (!up) {
      return;
    }
    world.tell("the gateway is killed");
    up = false;
    life++;
    journal.crash(_ -> world.random.nextBoolean());
    List<NodeSession> all = List.copyOf(byLink.values());
    sessions.clear();
    byLink.clear();
    for (NodeSession session : all) {
      session.kill();
      session.link().close();
      session.agent().disconnected(session.link());
    }
    world.after(10 + world.random.nextInt(300), this::restart);
  }

  HeldBytes held() {
    return held;
  }

  private void restart() {
    if (up || !databaseUp) {
      if (!up) {
        world.after(50, this::restart);
      }
      return;
    }
    journal = recover();
    held = new HeldBytes(Settings.HELD_BYTES);
    departures = new Departures();
    world.tell("the gateway is back");
    start();
  }

  void outage(int millis) {
    if (databaseUp) {
      world.tell("the database is away for %d ms", millis);
      databaseUp = false;
      world.after(
          millis,
          () -> {
            databaseUp = true;
            world.tell("the database is back");
          });
    }
  }

  // ---- the journal's threads

  private void write() {
    int thisLife = life;
    world.after(
        1 + world.random.nextInt(4),
        () -> {
          if (life != thisLife) {
            return;
          }
          if (databaseUp) {
            journal.heal();
            turn();
          } else if (!journal.broken() && !journal.idle() && world.chance(3)) {
            journal.fail(_ -> world.random.nextBoolean());
          }
          write();
        });
  }

  private void turn() {
    try {
      if (journal.inFlight() < 2) {
        journal.form(world.mutation != Mutation.STARVES_LOW);
      }
    } catch (IllegalStateException e) {
      throw world.violation("share: " + e.getMessage());
    }
    if (world.random.nextBoolean()) {
      journal.commit();
    }
    if (world.chance(4)) {
      journal.project();
    }
  }

  @Override
  public void committed(List<JournalEntry> entries) {
    for (JournalEntry entry : entries) {
      switch (entry) {
        case Accept accept -> accepted(accept);
        case Progress progress -> {
          if (progress.status() == MessageStatus.MOVED) {
            checkLeft(progress);
          }
          switch (progress.origin()) {
            case Origin.FromMailbox(NodeSession session, Persist record) -> {
              session.post(() -> session.recordCommitted(record));
              departed(progress);
            }
            case Origin.FromMovingOn() -> departed(progress);
            case Origin.FromSweeper(var messages) ->
                messages.forEach(m -> tell(m.sender(), Stage.EXPIRED, m.id()));
            case null, default -> {}
          }
        }
        case Discard _, Release _, SignedWindow _ -> {}
      }
    }
  }

  /// Whoever has been given a message in a session that goes on keeps it.
  private void checkLeft(Progress progress) {
    NodeSession session = sessions.get(progress.recipient());
    long sequence = progress.ranges()[0];
    if (session != null
        && session.epoch() == progress.mailboxEpoch()
        && session.hasGiven(sequence)
        && journal.hasMoved(progress.recipient(), progress.mailboxEpoch(), sequence)) {
      throw world.violation(
          "two: %s/%d moves on while %s has it"
              .formatted(progress.recipient(), sequence, progress.recipient()));
    }
  }

  private void departed(Progress progress) {
    if (progress.status() == MessageStatus.MOVED) {
      departed(progress.recipient(), progress.mailboxEpoch(), progress.ranges()[0]);
    }
  }

  /// It is decided whether a message moves on.
  void departed(String agent, long epoch, long sequence) {
    departures.end(agent, epoch, sequence);
    NodeSession session = sessions.get(agent);
    if (session != null) {
      session.post(() -> session.departed(sequence));
    }
  }

  private void accepted(Accept accept) {
    switch (accept.outcome()) {
      case STORED -> {
        world.ledger.accepted(accept.id(), accept.expiresAtMillis());
        if (journal.owners(accept.id()) > 1) {
          throw world.violation("owners: two agents have " + accept.id());
        }
        announce(accept);
        told(accept, true);
      }
      case DUPLICATE -> told(accept, true);
      case CONFLICT -> throw world.violation("a conflict without another body");
      case SETTLED -> throw world.violation("settled twice");
      case STORED_ELSEWHERE -> throw world.violation("there is one node only");
    }
  }

  private void told(Accept accept, boolean stored) {
    if (accept.origin() instanceof Origin.FromSender(NodeSession session, UUID id)) {
      session.post(() -> {
        if (stored) {
          session.link().down(() -> session.agent().receipt(Stage.STORED, id));
        } else {
          session.link().down(() -> session.agent().refused(id, true));
        }
      });
    }
  }

  private void announce(Accept accept) {
    NodeSession recipient = sessions.get(accept.recipient());
    if (recipient == null) {
      return;
    }
    long expires =
        world.mutation == Mutation.IGNORES_TTL
            ? 0
            : world.steady().fromWall(accept.expiresAtMillis());
    OwedMessage message =
        new OwedMessage(
            accept.id(),
            accept.sender(),
            accept.mailboxEpoch(),
            accept.sequence(),
            world.ledger.sample(accept.id()).priority(),
            1,
            0,
            0,
            7,
            accept.acceptedAtMillis(),
            expires,
            accept.envelope(),
            Guarantee.fromWire(accept.guarantee()));
    boolean lost = world.chance(25);
    recipient.post(() -> recipient.announced(message, lost));
  }

  @Override
  public void refused(List<JournalEntry> entries, StoreException why) {
    for (JournalEntry entry : entries) {
      if (entry instanceof Accept accept) {
        told(accept, false);
      } else if (entry instanceof Progress progress) {
        if (progress.origin() instanceof Origin.FromMailbox(NodeSession session, Persist record)) {
          session.post(() -> session.recordRefused(record));
        }
        departed(progress);
      }
    }
  }

  // ---- what agents do

  boolean login(Agent agent, Link link, long knownEpoch, long cursor) {
    if (!up) {
      return false;
    }
    NodeSession session = new NodeSession(world, this, agent, link, ++logins);
    NodeSession older = sessions.put(agent.name(), session);
    byLink.put(link, session);
    if (older != null) {
      older.replaced();
      if (world.mutation != Mutation.IGNORES_FENCING) {
        world.after(world.random.nextInt(TAKEOVER_MILLIS), () -> end(older));
      }
    }
    Mailboxes.Depth depth = journal.mailboxes().depth(agent.name());
    Set<Long> leaving =
        world.mutation == Mutation.FORGETS_DEPARTURES
            ? Set.of()
            : departures.of(agent.name(), depth.epoch());
    session.open(depth, leaving, knownEpoch, cursor);
    return true;
  }

  void disconnected(Agent agent, Link link) {
    NodeSession session = byLink.get(link);
    if (session != null) {
      end(session);
    }
  }

  private void end(NodeSession session) {
    if (byLink.remove(session.link()) == null) {
      return;
    }
    session.link().close();
    sessions.remove(session.agent().name(), session);
    session.end();
    session.agent().disconnected(session.link());
  }

  void received(Link link, Agent from, Sample sample) {
    NodeSession session = byLink.get(link);
    if (session == null) {
      return;
    }
    Mailboxes.Depth depth = journal.mailboxes().depth(sample.to());
    int bound = world.settings.mailboxMessages();
    if (depth.messages() > bound + 4L * Settings.QUEUE_ENTRIES + 2L * Settings.SEGMENT_ENTRIES) {
      throw world.violation("bound: a mailbox holds " + depth.messages());
    }
    Offer offer = depth.messages() >= bound ? Offer.FULL : journal.offer(accept(session, sample));
    if (offer != Offer.ACCEPTED) {
      link.down(() -> from.refused(sample.id(), true));
    } else if (world.mutation == Mutation.PROMISES_EARLY) {
      link.down(() -> from.receipt(Stage.STORED, sample.id()));
    }
  }

  private Accept accept(NodeSession session, Sample sample) {
    long now = world.clock();
    Accept.Builder accept =
        Accept.of(sample.id(), sample.from(), sample.to(), sample.envelope())
            .routing(Kind.EVENT.wire(), sample.priority().wire(), sample.guarantee().wire())
            .type("t")
            .times(now, sample.ttlMillis() == 0 ? 0 : now + sample.ttlMillis())
            .origin(new Origin.FromSender(session, sample.id()));
    if (world.mutation == Mutation.STORES_REPEATS) {
      accept.redrives(1, ++redriven);
    }
    return accept.build();
  }

  void acked(Link link, Stage stage, long epoch, SequenceRanges sequences) {
    NodeSession session = byLink.get(link);
    if (session != null) {
      session.acked(stage, epoch, sequences);
    }
  }

  void wants(Link link, int messages) {
    NodeSession session = byLink.get(link);
    if (session != null) {
      session.wants(messages);
    }
  }

  void nacked(Link link, long epoch, long sequence, int code) {
    NodeSession session = byLink.get(link);
    if (session != null) {
      session.nacked(epoch, sequence, code);
    }
  }

  // ---- what mailboxes decide

  void persist(NodeSession session, Persist record) {
    if (world.mutation == Mutation.DROPS_FAILURES
        && (record.what() == RecordKind.DEAD || record.what() == RecordKind.FAILED)) {
      session.post(() -> session.recordCommitted(record));
      return;
    }
    MessageStatus status =
        switch (record.what()) {
          case RETURNED, RETRIED -> MessageStatus.PENDING;
          case DELIVERED -> MessageStatus.DELIVERED;
          case PROCESSED -> MessageStatus.PROCESSED;
          case FAILED -> MessageStatus.FAILED;
          case EXPIRED -> MessageStatus.EXPIRED;
          case DEAD -> MessageStatus.DEAD;
          case MOVED -> MessageStatus.MOVED;
        };
    Offer offer =
        journal.offer(
            new Progress(
                session.agent().name(),
                session.epoch(),
                record.sequences().bounds(),
                status,
                record.target() != null
                    ? record.target()
                    : ErrorCode.fromWire(record.code()).map(ErrorCode::label).orElse(null),
                world.clock(),
                world.steady().toWall(record.retryAtMillis()),
                new Origin.FromMailbox(session, record)));
    if (offer != Offer.ACCEPTED) {
      session.recordRefused(record);
      if (status == MessageStatus.MOVED) {
        departed(session.agent().name(), session.epoch(), record.sequences().first(0));
      }
    } else if (world.mutation == Mutation.CONFIRMS_EARLY) {
      session.post(() -> session.recordCommitted(record));
    }
  }

  void tell(String sender, Stage stage, UUID id) {
    world.ledger.receipt(stage, id);
    NodeSession session = sessions.get(sender);
    if (session != null) {
      session.link().down(() -> session.agent().receipt(stage, id));
    }
  }

  /// Whether all of these are finished on disk.
  boolean finishedOnDisk(String agent, long epoch, SequenceRanges sequences) {
    for (int i = 0; i < sequences.count(); i++) {
      for (long s = sequences.first(i); s <= sequences.last(i); s++) {
        if (!journal.load(agent, epoch, List.of(s)).isEmpty()) {
          return false;
        }
      }
    }
    return true;
  }

  private void sweep() {
    int thisLife = life;
    world.after(
        SWEEP_EVERY,
        () -> {
          if (life != thisLife) {
            return;
          }
          if (databaseUp) {
            journal.expired(world.clock(), 1_000).forEach(this::sweep);
          }
          sweep();
        });
  }

  /// Messages that are for whoever is able go on to another agent now and then; those that have
  /// left one are put in at the next.
  private void move() {
    int thisLife = life;
    world.after(
        MOVE_EVERY,
        () -> {
          if (life != thisLife) {
            return;
          }
          if (databaseUp) {
            if (world.mutation != Mutation.FORGETS_MOVES || life == 0) {
              journal.moving().forEach(moved -> arrive(moved, String.valueOf(moved.reason())));
            }
            if (!world.calm()) {
              List<StoredMessage> routed = journal.open(Node::isRouted);
              if (!routed.isEmpty()) {
                moveOn(routed.get(world.random.nextInt(routed.size())));
              }
            }
          }
          move();
        });
  }

  private static boolean isRouted(UUID id) {
    return id.getLeastSignificantBits() % 5 == 0;
  }

  private void moveOn(StoredMessage message) {
    String target = "a" + world.random.nextInt(world.settings.agents());
    if (journal.visited(message.id()).contains(target)
        || journal.mailboxes().depth(target).messages() >= world.settings.mailboxMessages()) {
      return;
    }
    if (!departures.begin(message.recipient(), message.mailboxEpoch(), message.sequence())) {
      return;
    }
    world.ledger.moves(message.id());
    NodeSession session = sessions.get(message.recipient());
    if (session != null) {
      OwedMessage owed = NodeSession.owed(message, world.steady());
      session.post(() -> session.moveOn(owed, target));
    } else {
      Progress leaves =
          Progress.of(
              message.recipient(),
              message.mailboxEpoch(),
              message.sequence(),
              MessageStatus.MOVED,
              target,
              world.clock(),
              new Origin.FromMovingOn());
      if (journal.offer(leaves) != Offer.ACCEPTED) {
        departed(leaves);
      }
    }
    if (world.mutation == Mutation.MOVES_EARLY) {
      arrive(message, target);
    }
  }

  private void arrive(StoredMessage message, String target) {
    journal.offer(
        Accept.of(message.id(), message.sender(), target, message.envelope())
            .routing(message.kind(), message.priority(), message.guarantee())
            .type(message.type())
            .times(message.acceptedAtMillis(), message.expiresAtMillis())
            .routedTo("cap:any")
            .build());
  }

  private void sweep(StoredMessage message) {
    NodeSession session = sessions.get(message.recipient());
    if (session != null) {
      OwedMessage owed = NodeSession.owed(message, world.steady());
      session.post(() -> session.expired(owed));
      return;
    }
    journal.offer(
        Progress.of(
            message.recipient(),
            message.mailboxEpoch(),
            message.sequence(),
            MessageStatus.EXPIRED,
            "expired",
            world.clock(),
            new Origin.FromSweeper(List.of(message))));
  }
}
