package dev.aegis.bench.chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What a crash test does.
///
/// @param nodes gateways; more than one are a cluster
/// @param seconds of load and kills
/// @param perSecond messages, all senders together, while they can send
/// @param senders processes that send
/// @param receivers processes that receive
/// @param agents in each of these
/// @param minPauseMillis between one kill and the next
/// @param maxPauseMillis between one kill and the next
record ChaosPlan(
    int nodes,
    double seconds,
    long seed,
    double perSecond,
    int senders,
    int receivers,
    int agents,
    int minPauseMillis,
    int maxPauseMillis) {
  /// @throws IllegalArgumentException with what is wrong and what is allowed
  ChaosPlan {
    require("--nodes", nodes, 1, 4);
    require("--seconds", seconds, 1, 86_400);
    require("--rate", perSecond, 1, 20_000);
    require("--senders", senders, 1, 32);
    require("--receivers", receivers, 1, 32);
    require("--agents", agents, 1, 64);
    require("--min-pause", minPauseMillis, 100, 600_000);
    require("--max-pause", maxPauseMillis, minPauseMillis, 600_000);
  }

  private static void require(String option, double value, double min, double max) {
    if (!(value >= min && value <= max)) {
      throw new IllegalArgumentException(
          "%s is %s, allowed are %s to %s".formatted(option, plain(value), plain(min), plain(max)));
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  KillSchedule schedule() {
    return new KillSchedule(seed, minPauseMillis, maxPauseMillis, victims());
  }

  /// What is killed, and how many there are of it.
  Map<Victim, Integer> victims() {
    Map<Victim, Integer> victims = new EnumMap<>(Victim.class);
    victims.put(Victim.GATEWAY, nodes);
    victims.put(Victim.DATABASE, 1);
    victims.put(Victim.SENDER, senders);
    victims.put(Victim.RECEIVER, receivers);
    if (nodes > 1) {
      victims.put(Victim.GATEWAY_PAUSED, nodes);
      victims.put(Victim.REDIS, 1);
      victims.put(Victim.REDIS_FLUSHED, 1);
    }
    return victims;
  }

  List<String> senderAgents(int process) {
    return names("chaos-s", process);
  }

  List<String> receiverAgents(int process) {
    return names("chaos-r", process);
  }

  List<String> allSenders() {
    return all("chaos-s", senders);
  }

  List<String> allReceivers() {
    return all("chaos-r", receivers);
  }

  private List<String> all(String prefix, int processes) {
    List<String> names = new ArrayList<>();
    for (int process = 0; process < processes; process++) {
      names.addAll(names(prefix, process));
    }
    return names;
  }

  private List<String> names(String prefix, int process) {
    List<String> names = new ArrayList<>();
    for (int agent = 0; agent < agents; agent++) {
      names.add(prefix + process + "-" + agent);
    }
    return names;
  }
}
