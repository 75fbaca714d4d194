package dev.aegis.gateway.cluster;

import dev.aegis.gateway.topics.Subscription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which agents connected here are members of which queue groups, and what of it the other nodes
/// have not been told yet. Knows neither time nor fabric; thread-safe.
///
/// What is told are numbered frames of changes. The first one, and each that begins a repetition of
/// everything, says so: whoever hears that one has missed nothing. A frame with the number of the
/// last one and no changes says that the node is alive and what the last number is.
final class GroupsHere {
  /// Changes in one frame.
  static final int FRAME_CHANGES = 256;

  private final long node;
  private final Map<String, Integer> sessions = new HashMap<>();
  private final Map<String, Set<Subscription>> ofAgents = new HashMap<>();

  /// Organizations whose channel this node hears: only there can its turn come.
  private final Set<String> heard = new HashSet<>();

  private final Map<String, Set<Subscription>> told = new HashMap<>();
  private final Set<String> changed = new LinkedHashSet<>();
  private boolean wanted;
  private long number;

  GroupsHere(long node) {
    this.node = node;
  }

  /// An agent has a session more; it has two for a moment when it logs in again.
  synchronized void connected(String agent) {
    sessions.merge(agent, 1, Integer::sum);
    touch(agent);
  }

  synchronized void disconnected(String agent) {
    sessions.computeIfPresent(agent, (_, count) -> count == 1 ? null : count - 1);
    touch(agent);
  }

  synchronized void joined(Subscription subscription) {
    ofAgents.computeIfAbsent(subscription.agent(), _ -> new HashSet<>()).add(subscription);
    touch(subscription.agent());
  }

  synchronized void left(Subscription subscription) {
    touch(subscription.agent());
    ofAgents.computeIfPresent(
        subscription.agent(),
        (_, those) -> {
          those.remove(subscription);
          return those.isEmpty() ? null : those;
        });
  }

  /// From now on this node hears what is published in an organization.
  synchronized void hears(String organization) {
    if (heard.add(organization)) {
      changed.addAll(ofAgents.keySet());
    }
  }

  synchronized void hearsNoMore(String organization) {
    if (heard.remove(organization)) {
      changed.addAll(told.keySet());
    }
  }

  /// Somebody has missed something: everything is to be told again.
  synchronized void tellAll() {
    wanted = number > 0; // else the first frame tells everything anyway
  }

  private void touch(String agent) {
    if (ofAgents.containsKey(agent) || told.containsKey(agent)) {
      changed.add(agent);
    }
  }

  /// Whether there is something new to tell.
  synchronized boolean hasNews() {
    return wanted || !changed.isEmpty();
  }

  /// What is to be told now, in order; with it, it counts as told.
  synchronized List<NodeFrame.Groups> news() {
    List<GroupChange> changes = new ArrayList<>();
    changed.forEach(agent -> changes(agent, changes));
    changed.clear();
    boolean whole = wanted || number == 0;
    wanted = false;
    if (changes.isEmpty() && number == 0) {
      return List.of();
    }
    if (whole && number > 0) {
      changes.clear();
      told.values()
          .forEach(those -> those.forEach(each -> changes.add(new GroupChange(true, each))));
    }
    List<NodeFrame.Groups> frames = new ArrayList<>();
    for (int from = 0; from < changes.size() || (whole && from == 0); from += FRAME_CHANGES) {
      List<GroupChange> some =
          changes.subList(from, Math.min(changes.size(), from + FRAME_CHANGES));
      frames.add(new NodeFrame.Groups(node, ++number, whole && from == 0, List.copyOf(some)));
    }
    return frames;
  }

  private void changes(String agent, List<GroupChange> into) {
    Set<Subscription> before = told.getOrDefault(agent, Set.of());
    Set<Subscription> after = new HashSet<>();
    if (sessions.containsKey(agent)) {
      ofAgents.getOrDefault(agent, Set.of()).stream()
          .filter(each -> heard.contains(each.organization()))
          .forEach(after::add);
    }
    for (Subscription each : before) {
      if (!after.contains(each)) {
        into.add(new GroupChange(false, each));
      }
    }
    for (Subscription each : after) {
      if (!before.contains(each)) {
        into.add(new GroupChange(true, each));
      }
    }
    if (after.isEmpty()) {
      told.remove(agent);
    } else {
      told.put(agent, after);
    }
  }

  /// That this node is alive; null where it has never told anything.
  synchronized NodeFrame.@Nullable Groups sign() {
    return number == 0 ? null : new NodeFrame.Groups(node, number, false, List.of());
  }
}
