package dev.aegis.gateway.topics;

import dev.aegis.gateway.topics.TopicFabric.MemberElsewhere;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.RoutingHeader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
/// may run again. A group without durable members is served by one of those connected at any node:
/// this is where it is decided which, and the node that is chosen is told, so that no two serve it.
///
/// @param stored whose mailboxes it goes to
/// @param live whom it goes to best-effort; connected when this was made
/// @param turns the queue groups that another node is to serve, and which
public record Audience(Set<String> stored, Set<String> live, Map<String, Long> turns) {

  /// The members of one queue group that a message fits.
  private record Members(List<String> durable, List<String> live, List<MemberElsewhere> elsewhere) {
    Members() {
      this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }
  }

  /// @param fitting the subscriptions that the message fits
  /// @param elsewhere those in queue groups of agents connected at other nodes
  /// @param connected whether an agent is, here
  /// @param below gives a random number from 0 to its argument, exclusive
  public static Audience of(
      Collection<Subscription> fitting,
      Collection<MemberElsewhere> elsewhere,
      RoutingHeader header,
      Predicate<String> connected,
      IntUnaryOperator below) {
    return of(fitting, elsewhere, header, connected, below, false);
  }

  /// Who gets a message here that another node has accepted: what was to be stored is, and of each
  /// queue group among the subscriptions it is this node's turn.
  public static Audience here(
      Collection<Subscription> fitting,
      RoutingHeader header,
      Predicate<String> connected,
      IntUnaryOperator below) {
    return of(fitting, List.of(), header, connected, below, true);
  }

  private static Audience of(
      Collection<Subscription> fitting,
      Collection<MemberElsewhere> elsewhere,
      RoutingHeader header,
      Predicate<String> connected,
      IntUnaryOperator below,
      boolean onTurn) {
    boolean durable = header.guarantee().isDurable();
    Set<String> stored = new LinkedHashSet<>();
    Set<String> live = new LinkedHashSet<>();
    Map<String, Members> groups = new HashMap<>();
    for (Subscription each : fitting) {
      boolean store = durable && each.durable();
      String group = each.group();
      if (group != null) {
        Members members = groups.computeIfAbsent(group, _ -> new Members());
        (store && !onTurn ? members.durable : members.live).add(each.agent());
      } else {
        (store ? stored : live).add(each.agent());
      }
    }
    for (MemberElsewhere each : elsewhere) {
      String group = Objects.requireNonNull(each.subscription().group());
      groups.computeIfAbsent(group, _ -> new Members()).elsewhere.add(each);
    }
    live.removeIf(connected.negate());
    Map<String, Long> turns = new HashMap<>();
    groups.forEach((name, members) -> {
      if (!members.durable.isEmpty()) {
        stored.add(keeper(members, header, connected));
        return;
      }
      List<String> here = members.live.stream().filter(connected).toList();
      int all = here.size() + members.elsewhere.size();
      int chosen = all == 0 ? 0 : below.applyAsInt(all);
      if (chosen < here.size()) {
        live.add(here.get(chosen));
      } else if (all > 0) {
        turns.put(name, members.elsewhere.get(chosen - here.size()).node());
      }
    });
    live.removeAll(stored);
    return new Audience(stored, live, turns);
  }

  private static String keeper(
      Members members, RoutingHeader header, Predicate<String> connectedHere) {
    List<String> candidates = members.durable;
    if (header.guarantee() == Guarantee.AT_LEAST_ONCE) {
      Set<String> elsewhere = new HashSet<>();
      members.elsewhere.forEach(each -> elsewhere.add(each.subscription().agent()));
      List<String> connected =
          candidates.stream().filter(connectedHere.or(elsewhere::contains)).toList();
      candidates = connected.isEmpty() ? candidates : connected;
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
    return stored.isEmpty() && live.isEmpty() && turns.isEmpty();
  }
}
