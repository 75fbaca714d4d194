package dev.aegis.gateway.topics;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.RoutingHeader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;

/// Who gets one message of a topic, each agent once: those subscribed for themselves, and one of
/// each queue group.
///
/// A durable message is stored for agents with a durable subscription, and goes best-effort to the
/// others that are connected. Of a queue group it is stored for one durable member, if it has any.
/// For which one depends on the message's id, so that a repeat meets the same: exactly-once by that
/// alone; at-least-once among those connected where there are any, which is worth a handler that
/// may run again.
///
/// @param stored whose mailboxes it goes to
/// @param live whom it goes to best-effort; connected when this was made
/// @param groups the queue groups of which an agent is among those
public record Audience(Set<String> stored, Set<String> live, Set<String> groups) {

  /// The members of one queue group that a message fits.
  private record Members(List<String> durable, List<String> live) {}

  /// @param fitting the subscriptions that the message fits
  /// @param connected whether an agent is
  /// @param below gives a random number from 0 to its argument, exclusive
  public static Audience of(
      Collection<Subscription> fitting,
      RoutingHeader header,
      Predicate<String> connected,
      IntUnaryOperator below) {
    boolean durable = header.guarantee().isDurable();
    Set<String> stored = new LinkedHashSet<>();
    Set<String> live = new LinkedHashSet<>();
    Map<String, Members> groups = new HashMap<>();
    for (Subscription each : fitting) {
      boolean store = durable && each.durable();
      String group = each.group();
      if (group != null) {
        Members members =
            groups.computeIfAbsent(group, _ -> new Members(new ArrayList<>(), new ArrayList<>()));
        (store ? members.durable : members.live).add(each.agent());
      } else {
        (store ? stored : live).add(each.agent());
      }
    }
    live.removeIf(connected.negate());
    Set<String> served = new LinkedHashSet<>();
    groups.forEach((name, members) -> {
      List<String> here = members.live.stream().filter(connected).toList();
      if (!members.durable.isEmpty()) {
        stored.add(keeper(members.durable, header, connected));
        served.add(name);
      } else if (!here.isEmpty()) {
        live.add(here.get(below.applyAsInt(here.size())));
        served.add(name);
      }
    });
    live.removeAll(stored);
    return new Audience(stored, live, served);
  }

  private static String keeper(
      List<String> members, RoutingHeader header, Predicate<String> connected) {
    List<String> candidates = members;
    if (header.guarantee() == Guarantee.AT_LEAST_ONCE) {
      List<String> here = members.stream().filter(connected).toList();
      candidates = here.isEmpty() ? members : here;
    }
    String keeper = candidates.getFirst();
    for (String candidate : candidates) {
      int order = Long.compareUnsigned(weight(header.id(), candidate), weight(header.id(), keeper));
      if (order > 0 || (order == 0 && candidate.compareTo(keeper) > 0)) {
        keeper = candidate;
      }
    }
    return keeper;
  }

  /// Rendezvous hashing: each member weighs each message differently, the heaviest gets it, and who
  /// joins or leaves changes nothing between the others. The mix is that of SplitMix64.
  private static long weight(UUID id, String agent) {
    long z = id.getMostSignificantBits() ^ Long.rotateLeft(id.getLeastSignificantBits(), 32);
    z ^= agent.hashCode() * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  public boolean isEmpty() {
    return stored.isEmpty() && live.isEmpty();
  }
}
