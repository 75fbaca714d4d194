package dev.aegis.gateway.simulation;

import dev.aegis.gateway.delivery.Decision;
import dev.aegis.gateway.delivery.Decision.Persist;
import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.gateway.delivery.Mailbox;
import dev.aegis.gateway.delivery.MailboxBounds;
import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.gateway.router.SteadyClock;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.StoredMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/// One session in the gateway, with its mailbox; tasks for it run in order, a moment later.
final class NodeSession {
  private final World world;
  private final Node node;
  private final Agent agent;
  private final Link link;
  private final long login;
  private final Mailbox mailbox;

  /// What the agent was given and has not put off; what it has finished, until that is on disk.
  private final Set<Long> given = new HashSet<>();

  private long lastTask;
  private long tickAt = Long.MAX_VALUE;
  private int wanted;
  private boolean ended;
  private boolean killed;
  private long replacedAt = Long.MAX_VALUE;

  NodeSession(World world, Node node, Agent agent, Link link, long login) {
    this.world = world;
    this.node = node;
    this.agent = agent;
    this.link = link;
    this.login = login;
    MailboxBounds bounds =
        world.mutation == Mutation.IGNORES_WINDOW
            ? new MailboxBounds(10_000, 1 << 20, 8, 1_500, 50)
            : Settings.BOUNDS;
    this.mailbox =
        new Mailbox(
            bounds,
            Settings.RETRIES,
            node.held(),
            new SplittableRandom(world.random.nextLong()),
            this::carryOut,
            (_, _, _, _, _) -> {});
    if (agent.pulls() && world.mutation != Mutation.IGNORES_PULLING) {
      mailbox.want(0, world.steady().millis());
    }
  }

  Agent agent() {
    return agent;
  }

  Link link() {
    return link;
  }

  long epoch() {
    return mailbox.epoch();
  }

  /// Runs later, behind everything posted before; also after the session has ended, but not once
  /// the gateway is gone.
  void post(Runnable task) {
    lastTask = Math.max(lastTask, world.now() + world.random.nextInt(3));
    world.at(
        lastTask,
        () -> {
          if (!killed) {
            task.run();
          }
        });
  }

  void open(Mailboxes.Depth depth, Set<Long> leaving, long knownEpoch, long cursor) {
    mailbox.leaving(leaving);
    link.down(() -> agent.welcome(depth.epoch()));
    mailbox.connected(
        depth.epoch(),
        depth.nextSequence(),
        depth.messages() == 0,
        knownEpoch,
        cursor,
        world.steady().millis());
    after();
  }

  /// A newer login is there.
  void replaced() {
    replacedAt = world.now();
  }

  /// The gateway is gone, and with it whatever the session had still to do.
  void kill() {
    ended = true;
    killed = true;
  }

  void end() {
    ended = true;
    mailbox.disconnected();
  }

  void announced(OwedMessage message, boolean lost) {
    if (lost) {
      mailbox.missed(message.priority(), world.steady().millis());
    } else {
      mailbox.committed(message, world.steady().millis());
    }
    after();
  }

  void wants(int messages) {
    wanted = messages;
    mailbox.want(messages, world.steady().millis());
    after();
  }

  void acked(Stage stage, long epoch, SequenceRanges sequences) {
    mailbox.acked(stage, epoch, sequences, world.steady().millis());
    after();
  }

  void nacked(long epoch, long sequence, int code) {
    mailbox.nacked(epoch, sequence, code, 0, world.steady().millis());
    after();
  }

  void moveOn(OwedMessage message, String target) {
    if (!mailbox.moveOn(message, target, world.steady().millis())) {
      node.departed(agent.name(), message.mailboxEpoch(), message.sequence());
    }
    after();
  }

  void departed(long sequence) {
    mailbox.departed(sequence, world.steady().millis());
    after();
  }

  /// Whether the agent works on this one, or has done so and waits for its confirmation.
  boolean hasGiven(long sequence) {
    return given.contains(sequence);
  }

  void recordCommitted(Persist record) {
    if (record.what() == RecordKind.PROCESSED) {
      given.removeIf(record.sequences()::contains);
    }
    mailbox.recordCommitted(record.ticket(), world.steady().millis());
    after();
  }

  void recordRefused(Persist record) {
    mailbox.recordRefused(record.ticket(), world.steady().millis());
    after();
  }

  void expired(OwedMessage message) {
    mailbox.expired(message, world.steady().millis());
    after();
  }

  private void after() {
    if (mailbox.unacknowledged() > Settings.BOUNDS.unacknowledged()) {
      throw world.violation("bound: %d are on their way".formatted(mailbox.unacknowledged()));
    }
    long wake = mailbox.wakeAtMillis();
    if (wake >= tickAt || ended) {
      return;
    }
    tickAt = wake;
    world.after(
        Math.max(5, Math.min(wake - world.steady().millis(), 10_000)),
        () -> {
          tickAt = Long.MAX_VALUE;
          if (!ended) {
            mailbox.tick(world.steady().millis());
            after();
          }
        });
  }

  private void carryOut(Decision decision) {
    switch (decision) {
      case Decision.Deliver(OwedMessage message) -> deliver(message);
      case Decision.LoadPage(Priority priority, long after, int limit) ->
          read(
              () -> node.journal().pending(agent.name(), priority.wire(), after, limit),
              rows -> mailbox.pageLoaded(rows, world.steady().millis()),
              () -> mailbox.pageFailed(world.steady().millis()));
      case Decision.LoadOpen(List<Long> sequences) ->
          read(
              () -> node.journal().load(agent.name(), mailbox.epoch(), sequences),
              rows -> mailbox.openLoaded(rows, world.steady().millis()),
              () -> mailbox.openFailed(world.steady().millis()));
      case Persist record -> {
        if (record.what() != RecordKind.DELIVERED && record.what() != RecordKind.PROCESSED) {
          given.removeIf(record.sequences()::contains);
        }
        node.persist(this, record);
      }
      case Decision.SendReceipt(String to, Stage stage, _, var ids) ->
          ids.forEach(id -> node.tell(to, stage, id));
      case Decision.Confirm(_, SequenceRanges sequences) -> {
        checkFinished(sequences);
        link.down(() -> agent.confirmed(sequences));
      }
      case Decision.Skip(SequenceRanges sequences, _) -> {
        checkFinished(sequences);
        link.down(() -> agent.gap(sequences));
      }
    }
  }

  private void checkFinished(SequenceRanges sequences) {
    if (!node.finishedOnDisk(agent.name(), mailbox.epoch(), sequences)) {
      throw world.violation("confirm: not on disk: " + agent.name() + " " + sequences);
    }
  }

  private void deliver(OwedMessage message) {
    if (agent.pulls() && --wanted < 0) {
      throw world.violation("pull: not asked for: " + agent.name() + " " + message.sequence());
    }
    world.tell(
        "%s/%d gets %d (attempt %d) of %s",
        agent.name(), login, message.sequence(), message.attempt(), message.sender());
    // A login that is being taken over may still deliver for a moment; never for long.
    world.ledger.delivering(
        message, replacedAt == Long.MAX_VALUE || world.now() - replacedAt <= Node.TAKEOVER_MILLIS);
    given.add(message.sequence());
    Sample sample = world.ledger.sample(message.id());
    long epoch = message.mailboxEpoch();
    link.down(() -> agent.delivered(link, epoch, message.sequence(), sample));
  }

  /// Reads at some later moment and shows the result at another, or fails.
  private void read(
      java.util.function.Supplier<List<StoredMessage>> query,
      java.util.function.Consumer<List<OwedMessage>> shown,
      Runnable failed) {
    world.after(
        world.random.nextInt(4),
        () -> {
          if (ended) {
            return;
          }
          if (!node.databaseUp() || world.chance(40)) {
            post(() -> {
              if (!ended) {
                failed.run();
                after();
              }
            });
            return;
          }
          List<OwedMessage> rows = new ArrayList<>();
          query.get().forEach(row -> rows.add(owed(row, world.steady())));
          if (world.mutation == Mutation.REORDERS_PAGES) {
            Collections.shuffle(rows, new java.util.Random(world.random.nextLong()));
          }
          post(() -> {
            if (!ended) {
              shown.accept(rows.stream().map(this::mutated).toList());
              after();
            }
          });
        });
  }

  private OwedMessage mutated(OwedMessage m) {
    return world.mutation != Mutation.IGNORES_TTL
        ? m
        : new OwedMessage(
            m.id(),
            m.sender(),
            m.mailboxEpoch(),
            m.sequence(),
            m.priority(),
            m.attempt(),
            m.failures(),
            m.retryAtMillis(),
            m.flags(),
            m.acceptedAtMillis(),
            0,
            m.envelope(),
            m.guarantee());
  }

  static OwedMessage owed(StoredMessage row, SteadyClock steady) {
    return new OwedMessage(
        row.id(),
        row.sender(),
        row.mailboxEpoch(),
        row.sequence(),
        Priority.fromWire(row.priority()),
        row.retryCount() + 1,
        row.failureCount(),
        steady.fromWall(row.retryAtMillis()),
        7,
        row.acceptedAtMillis(),
        steady.fromWall(row.expiresAtMillis()),
        row.envelope(),
        Guarantee.fromWire(row.guarantee()));
  }
}
