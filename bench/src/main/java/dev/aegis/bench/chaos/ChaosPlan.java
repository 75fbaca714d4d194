package dev.aegis.bench.chaos;

import dev.aegis.bench.server.ProcFs;
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
/// @param maxHoldMillis how long nothing passes over a connection that is cut
record ChaosPlan(
    int nodes,
    double seconds,
    long seed,
    double perSecond,
    int senders,
    int receivers,
    int agents,
    int minPauseMillis,
    int maxPauseMillis,
    int maxHoldMillis) {
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
    require("--max-hold", maxHoldMillis, 100, 600_000);
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
    return new KillSchedule(seed, minPauseMillis, maxPauseMillis, maxHoldMillis, victims());
  }

  /// The command that does the same again.
  String command() {
    return "./aegis bench chaos --nodes %d --seconds %s --seed %d --rate %s"
            .formatted(nodes, seconds, seed, perSecond)
        + " --senders %d --receivers %d --agents %d --min-pause %d --max-pause %d --max-hold %d"
            .formatted(senders, receivers, agents, minPauseMillis, maxPauseMillis, maxHoldMillis);
  }

  /// What is killed, and how many there are of it.
  Map<Victim, Integer> victims() {
    Map<Victim, Integer> victims = new EnumMap<>(Victim.class);
    victims.put(Victim.GATEWAY, nodes);
    victims.put(Victim.DATABASE, 1);
    victims.put(Victim.SENDER, senders);
    victims.put(Victim.RECEIVER, receivers);
    victims.put(Victim.AGENTS_CUT, 1);
    if (nodes > 1 || ProcFs.isAvailable()) { // else its connections cannot be told from the rest
      victims.put(Victim.DATABASE_CUT, 1);
    }
    if (nodes > 1) {
      victims.put(Victim.GATEWAY_PAUSED, nodes);
      victims.put(Victim.REDIS, 1);
      victims.put(Victim.REDIS_FLUSHED, 1);
      victims.put(Victim.REDIS_FAILOVER, RedisServers.SHARDS);
      victims.put(Victim.REDIS_CUT, 1);
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
