package dev.aegis.gateway.simulation;

import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Stage;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.SimulatedDisk;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// What was promised and what came of it: the invariants.
final class Ledger {
  private final World world;
  private final Map<UUID, Sample> sent = new LinkedHashMap<>();
  private final Set<UUID> promised = new HashSet<>();
  private final Map<UUID, Set<String>> finished = new HashMap<>();
  private final Set<UUID> firstDelivered = new HashSet<>();
  private final Map<String, Long> newestOfLane = new HashMap<>();
  private final Map<UUID, Long> expiresAt = new HashMap<>();
  private final Set<UUID> moved = new HashSet<>();
  private long delivered;

  Ledger(World world) {
    this.world = world;
  }

  void sent(Sample sample) {
    sent.put(sample.id(), sample);
  }

  /// The gateway took it over; the earliest expiry counts.
  void accepted(UUID id, long expiresAtMillis) {
    expiresAt.putIfAbsent(id, expiresAtMillis);
  }

  /// It is to go on to another agent, which may handle what the one before has handled, and gets it
  /// behind what came meanwhile.
  void moves(UUID id) {
    moved.add(id);
  }

  /// The sender holds a receipt for it.
  void promised(UUID id) {
    promised.add(id);
  }

  /// The gateway is about to put it on the wire.
  void delivering(OwedMessage message, boolean current) {
    delivered++;
    Sample sample = sample(message.id());
    if (!current) {
      throw world.violation("fencing: an older session delivers " + message.id());
    }
    long expires = expiresAt.getOrDefault(message.id(), 0L);
    boolean late = expires != 0 && expires <= world.clock() && world.neverStepped();
    if (late || passed(message.expiresAtMillis())) {
      throw world.violation("ttl: delivered after its time: " + message.id());
    }
    if (firstDelivered.add(message.id()) && !moved.contains(message.id())) {
      String lane = sample.from() + '>' + sample.to() + '/' + sample.priority();
      long newest = newestOfLane.getOrDefault(lane, 0L);
      if (message.sequence() < newest && !revived(sample)) {
        throw world.violation(
            "order: %d after %d in %s".formatted(message.sequence(), newest, lane));
      }
      newestOfLane.put(lane, Math.max(newest, message.sequence()));
    }
  }

  /// A message that was passed over because its time had passed, and whose end was not on disk yet,
  /// has time again once the clock is set back.
  private boolean revived(Sample sample) {
    return sample.ttlMillis() > 0 && !world.neverStepped();
  }

  private boolean passed(long steadyMillis) {
    return steadyMillis != 0 && steadyMillis <= world.steady().millis();
  }

  /// Nobody handles again what it has finished. Another agent does so only where the message has
  /// moved on, and it is not on disk that the one before has finished it.
  void handlerStarts(String agent, Sample sample) {
    if (sample.guarantee() != Guarantee.EXACTLY_ONCE) {
      return;
    }
    Set<String> by = finished.getOrDefault(sample.id(), Set.of());
    boolean anothers =
        moved.contains(sample.id())
            && !by.contains(agent)
            && world.node.disk().status(sample.id()) != MessageStatus.PROCESSED;
    if (!by.isEmpty() && !anothers) {
      throw world.violation("exactly-once: handled again: " + sample.id());
    }
  }

  void handlerFinished(String agent, Sample sample) {
    finished.computeIfAbsent(sample.id(), _ -> new HashSet<>()).add(agent);
  }

  /// A receipt goes to the sender.
  void receipt(Stage stage, UUID id) {
    boolean truth =
        switch (stage) {
          case STORED, DELIVERED, DEAD, FAILED -> true;
          case EXPIRED -> sample(id).ttlMillis() > 0;
          case PROCESSED -> finished.containsKey(id);
        };
    if (!truth) {
      throw world.violation("receipt: %s of %s is not true".formatted(stage, id));
    }
  }

  Sample sample(UUID id) {
    Sample sample = sent.get(id);
    if (sample == null) {
      throw world.violation("a message nobody sent: " + id);
    }
    return sample;
  }

  long delivered() {
    return delivered;
  }

  boolean settled() {
    return world.node.idle()
        && world.agents.stream().allMatch(Agent::idle)
        && world.node.disk().openMessages() == 0
        && world.node.journal().moving().isEmpty();
  }

  String open() {
    return world.node.disk().openMessages()
        + " messages are open, "
        + world.agents.stream().filter(a -> !a.idle()).map(Agent::toString).toList();
  }

  void checkEnd() {
    SimulatedDisk disk = world.node.disk();
    for (UUID id : promised) {
      MessageStatus status = disk.status(id);
      if (status == null) {
        throw world.violation("lost: promised and not there: " + id);
      }
      if (status.open()) {
        throw world.violation("final: still %s: %s".formatted(status, id));
      }
      if (status == MessageStatus.PROCESSED && !finished.containsKey(id)) {
        throw world.violation("processed without a handler: " + id);
      }
    }
    for (UUID id : sent.keySet()) {
      if (disk.copies(id) > 1) {
        throw world.violation("dedupe: stored twice: " + id);
      }
    }
  }
}
