package dev.aegis.gateway.simulation;

import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An agent as the protocol asks for: it sends again what has no receipt, answers what it has
/// finished, and, for exactly-once, remembers that over its own crashes. Some pull: they ask for
/// messages, and answer for those of an earlier connection without being sent them again.
final class Agent {
  private static final int GIVES_UP_AFTER = 40;
  private static final int PULL_EVERY = 20;

  private final World world;
  private final String name;
  private final boolean pulls;
  private final Map<UUID, Sample> outstanding = new LinkedHashMap<>();
  private final Map<UUID, Integer> tries = new HashMap<>();
  private final Map<UUID, Integer> failures = new HashMap<>();

  /// In memory: gone with a crash.
  private final Set<Long> handling = new HashSet<>();

  private final Set<Long> finished = new HashSet<>();

  /// On its disk: finished exactly-once messages, until they are confirmed.
  private final Set<Long> remembered = new HashSet<>();

  /// Everything below its end is finished or will not come; in memory.
  private final TreeSet<Long> settled = new TreeSet<>();

  private long epoch;
  private @Nullable Link link;
  private boolean anyDelivered;
  private boolean connecting;
  private int toSend;
  private int life;

  Agent(World world, String name, boolean pulls) {
    this.world = world;
    this.name = name;
    this.pulls = pulls;
  }

  String name() {
    return name;
  }

  boolean pulls() {
    return pulls;
  }

  void start() {
    connect();
  }

  void send(int count) {
    toSend = count;
    sendNext();
  }

  boolean hasSentAll() {
    return toSend == 0;
  }

  boolean idle() {
    return toSend == 0 && outstanding.isEmpty() && handling.isEmpty();
  }

  void calmDown() {
    if (link == null && !connecting) {
      connect();
    }
  }

  private void sendNext() {
    world.after(
        world.random.nextInt(12),
        () -> {
          if (toSend == 0) {
            return;
          }
          int burst = Math.min(toSend, world.chance(6) ? 12 : 1);
          for (int i = 0; i < burst; i++) {
            toSend--;
            String to = world.agents.get(world.random.nextInt(world.agents.size())).name;
            Sample sample = Sample.random(world.random, world.rightTime(), name, to);
            world.ledger.sent(sample);
            outstanding.put(sample.id(), sample);
            transmit(sample);
          }
          sendNext();
        });
  }

  private void transmit(Sample sample) {
    Link current = link;
    if (current != null) {
      current.up(() -> world.node.received(current, this, sample));
    }
  }

  private void connect() {
    connecting = true;
    int thisLife = life;
    world.after(
        1 + world.random.nextInt(world.calm() ? 5 : 60),
        () -> {
          if (life != thisLife) {
            return;
          }
          connecting = false;
          Link fresh = new Link(world);
          if (!world.node.login(this, fresh, epoch, cursor())) {
            connect();
          } else {
            link = fresh;
          }
        });
  }

  private long cursor() {
    long cursor = 0;
    while (settled.contains(cursor + 1)) {
      cursor++;
    }
    return cursor;
  }

  /// The connection is gone.
  void disconnected(Link which) {
    if (link == which) {
      link = null;
      if (!connecting) {
        connect();
      }
    }
  }

  /// The network cuts it off.
  void cut() {
    Link current = link;
    if (current != null) {
      world.tell("%s is cut off", name);
      current.close();
      world.node.disconnected(this, current);
      disconnected(current);
    }
  }

  /// Logs in again while the gateway still believes in the old connection.
  void loginAgain() {
    if (link != null) {
      world.tell("%s logs in again", name);
      link = null;
      connect();
    }
  }

  void crash(String why) {
    world.tell("%s crashes %s", name, why);
    life++;
    connecting = false;
    handling.clear();
    finished.clear();
    settled.clear();
    if (world.mutation == Mutation.FORGETS_FINISHED) {
      remembered.clear();
    }
    Link current = link;
    link = null;
    if (current != null) {
      current.close();
      world.node.disconnected(this, current);
    }
    connect();
  }

  // ---- what arrives

  void welcome(long mailboxEpoch) {
    changeEpoch(mailboxEpoch);
    outstanding.values().forEach(this::transmit);
    Link current = link;
    if (pulls && current != null) {
      finished.forEach(sequence -> ack(current, Stage.PROCESSED, sequence));
      pull(current);
    }
  }

  private void pull(Link current) {
    if (link != current) {
      return;
    }
    if (handling.size() < 4) {
      int messages = world.random.nextInt(5);
      current.up(() -> world.node.wants(current, messages));
    }
    world.after(1 + world.random.nextInt(PULL_EVERY), () -> pull(current));
  }

  private void changeEpoch(long mailboxEpoch) {
    if (mailboxEpoch != epoch) {
      // An epoch of which nothing was ever committed may go with its gateway.
      if (epoch != 0 && mailboxEpoch != 0 && anyDelivered) {
        throw world.violation("the epoch of a mailbox changed");
      }
      if (mailboxEpoch != 0) {
        epoch = mailboxEpoch;
      }
    }
  }

  void receipt(Stage stage, UUID id) {
    outstanding.remove(id);
    if (stage == Stage.STORED) {
      world.ledger.promised(id);
    }
  }

  void refused(UUID id, boolean retry) {
    Sample sample = outstanding.get(id);
    if (sample == null) {
      return;
    }
    if (!retry || tries.merge(id, 1, Integer::sum) > GIVES_UP_AFTER) {
      outstanding.remove(id);
      return;
    }
    world.after(
        20 + world.random.nextInt(100),
        () -> {
          if (outstanding.containsKey(id)) {
            transmit(sample);
          }
        });
  }

  void delivered(Link from, long mailboxEpoch, long sequence, Sample sample) {
    changeEpoch(mailboxEpoch);
    anyDelivered = true;
    if (finished.contains(sequence) || remembered.contains(sequence)) {
      ack(from, Stage.PROCESSED, sequence);
    } else if (handling.add(sequence)) {
      handle(sequence, sample);
    }
  }

  private void handle(long sequence, Sample sample) {
    world.ledger.handlerStarts(name, sample);
    int thisLife = life;
    Link current = link;
    if (current != null && world.chance(3)) {
      ack(current, Stage.DELIVERED, sequence);
    }
    int pace = world.chance(20) ? 300 : 6;
    world.after(
        world.random.nextInt(pace),
        () -> {
          if (life == thisLife) {
            handled(sequence, sample);
          }
        });
  }

  private void handled(long sequence, Sample sample) {
    switch (sample.fate()) {
      case SUCCEEDS -> succeed(sequence, sample);
      case FAILS_FIRST -> {
        if (failures.merge(sample.id(), 1, Integer::sum) > sample.failures()) {
          succeed(sequence, sample);
        } else {
          nack(sequence);
        }
      }
      case ALWAYS_FAILS -> nack(sequence);
      case KILLS_THE_AGENT -> crash("over " + sequence);
      case HANGS -> handling.remove(sequence); // and nobody ever hears of it
    }
  }

  private void succeed(long sequence, Sample sample) {
    handling.remove(sequence);
    world.ledger.handlerFinished(name, sample);
    finished.add(sequence);
    settled.add(sequence);
    if (sample.guarantee() == Guarantee.EXACTLY_ONCE) {
      remembered.add(sequence);
    }
    Link current = link;
    if (current != null) {
      ack(current, Stage.PROCESSED, sequence);
    }
  }

  private void nack(long sequence) {
    handling.remove(sequence);
    Link current = link;
    if (current != null) {
      long of = epoch;
      current.up(() -> world.node.nacked(current, of, sequence, ErrorCode.HANDLER_FAILED.wire()));
    }
  }

  private void ack(Link current, Stage stage, long sequence) {
    long of = epoch;
    current.up(() -> world.node.acked(current, stage, of, SequenceRanges.of(sequence)));
  }

  void confirmed(SequenceRanges ranges) {
    forget(ranges);
  }

  void gap(SequenceRanges ranges) {
    forget(ranges);
  }

  private void forget(SequenceRanges ranges) {
    for (int i = 0; i < ranges.count(); i++) {
      for (long s = ranges.first(i); s <= ranges.last(i); s++) {
        finished.remove(s);
        remembered.remove(s);
        settled.add(s);
      }
    }
  }

  @Override
  public String toString() {
    return "%s (to send %d, outstanding %d, handling %d)"
        .formatted(name, toSend, outstanding.size(), handling.size());
  }
}
