package dev.aegis.bench.load;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.util.List;

/// What a run of the load generator does. Immutable.
///
/// @param bytes payload of a message
/// @param rate messages sent per second, all senders together; 0 for as many as the window allows
/// @param window messages of one sender under way at once, where there is no rate, or it sheds
/// @param sheds whether at a rate a message that finds its sender's window full is dropped and
///   counted, as an application does that would rather lose it than wait
/// @param fanOut receivers of each message
/// @param idle connections that only stay open beside
/// @param offlineShare share of the receivers that is away while messages are sent and comes back
///   afterwards
/// @param clientThreads event loops of the senders, and as many of the receivers
public record LoadPlan(
    Guarantee guarantee,
    int senders,
    int receivers,
    int bytes,
    double seconds,
    double warmupSeconds,
    double rate,
    int window,
    boolean sheds,
    PriorityMix mix,
    int fanOut,
    int idle,
    double offlineShare,
    int clientThreads) {
  private static final int MAX_AGENTS = 100_000;
  private static final int MAX_PAIRS = 4_000_000;

  public LoadPlan {
    between("--senders", senders, 1, MAX_AGENTS);
    between("--receivers", receivers, 1, MAX_AGENTS);
    between("--senders times --receivers", (double) senders * receivers, 1, MAX_PAIRS);
    between("--size", bytes, Stamp.BYTES, 1 << 20);
    between("--seconds", seconds, 0.1, 86_400);
    between("--warmup", warmupSeconds, 0, 86_400);
    between("--rate", rate, 0, 1e8);
    between("--window", window, 1, 1_000_000);
    between("--fan-out", fanOut, 1, receivers);
    between("--connections", idle, 0, MAX_AGENTS);
    between("--offline-share", offlineShare, 0, 1);
    between("--client-threads", clientThreads, 1, 256);
    if (offlineShare > 0 && !guarantee.isDurable()) {
      throw new IllegalArgumentException(
          "--offline-share needs a durable guarantee: best-effort messages reach nobody away");
    }
  }

  /// What each driver does. At a rate every class has senders and a schedule of its own, as
  /// separate applications have: one that floods the gateway does not hold up what another one has
  /// to say.
  List<LoadPlan> schedules() {
    return openLoop() ? mix.classes().stream().map(this::schedule).toList() : List.of(this);
  }

  private LoadPlan schedule(Priority priority) {
    return new LoadPlan(
        guarantee,
        senders,
        receivers,
        bytes,
        seconds,
        warmupSeconds,
        rate * mix.share(priority),
        window,
        sheds,
        PriorityMix.only(priority),
        fanOut,
        idle,
        offlineShare,
        clientThreads);
  }

  private static void between(String name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          "%s is %s, allowed are %s to %s"
              .formatted(name, plain(value), plain(least), plain(most)));
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  boolean openLoop() {
    return rate > 0;
  }

  /// One envelope for all receivers instead of one each: a best-effort message of the only sender
  /// to everybody who is connected.
  boolean broadcasts() {
    return fanOut > 1 && fanOut == receivers && senders == 1 && idle == 0 && !guarantee.isDurable();
  }

  /// Receivers from this index on are away at first.
  int presentReceivers() {
    return receivers - (int) Math.round(receivers * offlineShare);
  }
}
