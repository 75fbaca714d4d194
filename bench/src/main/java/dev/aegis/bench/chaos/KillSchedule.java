package dev.aegis.bench.chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// When what is killed, endlessly: the same from the same seed. In every round each kind comes
/// once, in random order, and its processes take turns; pauses, and how long a process stays away,
/// are random. Confined to one thread.
final class KillSchedule {
  private static final long MAX_DOWN_MILLIS = 1_000;
  private static final long MIN_HOLD_MILLIS = 100;
  private static final int HASTY_ONE_IN = 4;

  private final Random random;
  private final long minPauseMillis;
  private final long maxPauseMillis;
  private final long maxHoldMillis;
  private final Map<Victim, Integer> processes;
  private final Map<Victim, Integer> turns = new EnumMap<>(Victim.class);
  private final List<Victim> round = new ArrayList<>();
  private long atMillis;

  /// @param atMillis since the load began
  /// @param process which process of the kind, from 0
  /// @param downMillis until it is started again; a database is at once
  /// @param holdMillis how long nothing passes over a connection that is cut
  /// @param luck decides which connections are cut, and how
  /// @param hasty whether it comes even if nothing got through since the last one, so that it may
  ///   meet a recovery
  record Kill(
      long atMillis,
      Victim victim,
      int process,
      long downMillis,
      long holdMillis,
      long luck,
      boolean hasty) {
    long downNanos() {
      return TimeUnit.MILLISECONDS.toNanos(downMillis);
    }

    /// In words, of a process that was killed.
    String away() {
      return process + ", for " + downMillis + " ms";
    }

    long holdNanos() {
      return TimeUnit.MILLISECONDS.toNanos(holdMillis);
    }
  }

  /// @param processes how many there are of each kind that is to come
  KillSchedule(
      long seed,
      long minPauseMillis,
      long maxPauseMillis,
      long maxHoldMillis,
      Map<Victim, Integer> processes) {
    this.random = new Random(seed);
    this.minPauseMillis = minPauseMillis;
    this.maxPauseMillis = maxPauseMillis;
    this.maxHoldMillis = maxHoldMillis;
    this.processes = new EnumMap<>(processes);
  }

  Kill next() {
    if (round.isEmpty()) {
      round.addAll(processes.keySet());
      Collections.shuffle(round, random);
    }
    atMillis += random.nextLong(minPauseMillis, maxPauseMillis + 1);
    Victim victim = round.removeLast();
    int turn = turns.merge(victim, 1, Integer::sum) - 1;
    long downMillis = random.nextLong(MAX_DOWN_MILLIS + 1);
    long holdMillis = random.nextLong(MIN_HOLD_MILLIS, maxHoldMillis + 1);
    long luck = random.nextLong();
    boolean hasty = random.nextInt(HASTY_ONE_IN) == 0;
    int process = turn % processes.getOrDefault(victim, 1);
    return new Kill(atMillis, victim, process, downMillis, holdMillis, luck, hasty);
  }
}
