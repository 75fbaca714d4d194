package dev.aegis.gateway.simulation;

import com.google.errorprone.annotations.FormatMethod;
import dev.aegis.gateway.router.SteadyClock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Virtual time and everything that happens in it, from one seed.
final class World {
  private static final int STORY_LINES = Integer.getInteger("aegis.simulation.story", 60);

  final SplittableRandom random;
  final Settings settings;
  final Mutation mutation;
  final Ledger ledger;
  final List<Agent> agents = new ArrayList<>();
  private final SteadyClock steady;
  final Node node;

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final ArrayDeque<String> story = new ArrayDeque<>();
  private long order;
  private long now;
  private long skew;
  private boolean stepped;
  private boolean calm;

  private record Event(long at, long order, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
    }
  }

  World(long seed, Settings settings, Mutation mutation) {
    this.random = new SplittableRandom(seed);
    this.settings = settings;
    this.mutation = mutation;
    this.ledger = new Ledger(this);
    this.steady =
        new SteadyClock(
            () -> Instant.ofEpochMilli(clock()), () -> TimeUnit.MILLISECONDS.toNanos(now));
    this.node = new Node(this);
    for (int i = 0; i < settings.agents(); i++) {
      agents.add(new Agent(this, "a" + i, chance(4)));
    }
  }

  /// Runs to the end and checks what must hold then.
  ///
  /// @throws Violation something that must hold did not
  void run() {
    node.start();
    agents.forEach(Agent::start);
    Faults.schedule(this);
    int share = Math.ceilDiv(settings.messages(), settings.agents());
    agents.forEach(agent -> agent.send(share));
    runUntil(() -> agents.stream().allMatch(Agent::hasSentAll));
    calm = true;
    node.calmDown();
    agents.forEach(Agent::calmDown);
    runUntil(ledger::settled);
    ledger.checkEnd();
  }

  private void runUntil(BooleanSupplier done) {
    long limit = now + 3_600_000;
    while (!done.getAsBoolean()) {
      Event event = events.poll();
      if (event == null || event.at > limit) {
        throw violation("nothing happens any more, or for ever: " + ledger.open());
      }
      now = event.at;
      event.action.run();
    }
  }

  /// Failures are over; what is left is to settle.
  boolean calm() {
    return calm;
  }

  void after(long millis, Runnable action) {
    events.add(new Event(now + millis, order++, action));
  }

  void at(long time, Runnable action) {
    events.add(new Event(Math.max(now, time), order++, action));
  }

  long now() {
    return now;
  }

  /// What a clock shows that is right.
  long rightTime() {
    return 1_000_000_000L + now;
  }

  /// What the gateway's clock shows.
  long clock() {
    return rightTime() + skew;
  }

  SteadyClock steady() {
    return steady;
  }

  /// Whether the gateway's clock has always been right.
  boolean neverStepped() {
    return !stepped;
  }

  void stepClock(long millis) {
    skew = millis;
    stepped = true;
    tell("the gateway's clock is off by %d ms", millis);
  }

  boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  @FormatMethod
  void tell(String line, @Nullable Object... arguments) {
    if (story.size() >= STORY_LINES) {
      story.removeFirst();
    }
    story.addLast("%8d  ".formatted(now) + line.formatted(arguments));
  }

  Violation violation(String what) {
    return new Violation(what, String.join("\n", story));
  }

  /// Something that must hold did not.
  static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String story;

    Violation(String what, String story) {
      super(what);
      this.story = story;
    }

    /// What happened last.
    String story() {
      return story;
    }
  }
}
