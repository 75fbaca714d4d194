package dev.aegis.gateway.cluster;

import dev.aegis.gateway.topics.Subscription;
import dev.aegis.gateway.topics.TopicFabric;
import dev.aegis.gateway.topics.TopicFabric.MemberElsewhere;
import dev.aegis.gateway.topics.TopicTable;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// The members of queue groups connected at other nodes, as those tell ([GroupsHere]). A node that
/// has not been heard for a while is passed over: what would be its turn would be lost.
///
/// One thread at a time hears; any thread reads, without a lock. Bounded by the other nodes' bounds
/// on their subscriptions.
final class GroupsElsewhere {
  /// How long a node counts after it was heard. It tells that it is alive more often than that.
  static final long LASTS_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);

  private static final long FORGOTTEN_NANOS = 4 * LASTS_NANOS;
  private static final long ASK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final LongConsumer ask;
  private final Map<Long, Origin> origins = new ConcurrentHashMap<>();

  /// What one node has told.
  private static final class Origin {
    final TopicTable table = new TopicTable(Integer.MAX_VALUE, TopicFabric.NONE);
    final Set<Subscription> known = new HashSet<>();
    volatile long heardAtNanos;
    long number;
    boolean inStep;
    boolean asked;
    long askedAtNanos;
  }

  /// @param ask asks a node to tell everything again
  GroupsElsewhere(LongConsumer ask) {
    this.ask = ask;
  }

  void heard(NodeFrame.Groups frame, long nowNanos) {
    Origin origin = origins.computeIfAbsent(frame.node(), _ -> new Origin());
    if (frame.changes().isEmpty() && !frame.whole()) {
      origin.inStep &= frame.number() == origin.number;
    } else if (origin.inStep && frame.number() == origin.number + 1) {
      apply(origin, frame); // where it is told again, all of it is known
    } else if (frame.whole()) {
      origin.known.forEach(origin.table::remove);
      origin.known.clear();
      origin.inStep = true;
      origin.asked = false;
      apply(origin, frame);
    } else {
      origin.inStep = false;
    }
    origin.heardAtNanos = nowNanos;
    if (!origin.inStep && (!origin.asked || nowNanos - origin.askedAtNanos >= ASK_AGAIN_NANOS)) {
      origin.asked = true;
      origin.askedAtNanos = nowNanos;
      ask.accept(frame.node());
    }
    origins.values().removeIf(each -> nowNanos - each.heardAtNanos >= FORGOTTEN_NANOS);
  }

  private static void apply(Origin origin, NodeFrame.Groups frame) {
    origin.number = frame.number();
    for (GroupChange change : frame.changes()) {
      Subscription subscription = change.subscription();
      if (change.joined()) {
        if (origin.known.add(subscription)) {
          origin.table.offer(subscription);
        }
      } else if (origin.known.remove(subscription)) {
        origin.table.remove(subscription);
      }
    }
  }

  /// Gives those whose pattern is for the topic.
  void match(String organization, String topic, long nowNanos, Consumer<MemberElsewhere> into) {
    origins.forEach((node, origin) -> {
      if (nowNanos - origin.heardAtNanos < LASTS_NANOS) {
        origin.table.match(
            organization, topic, each -> into.accept(new MemberElsewhere(node, each)));
      }
    });
  }

  /// A node is gone.
  void forget(long node) {
    origins.remove(node);
  }

  /// How many there are at nodes that count.
  int size(long nowNanos) {
    return origins.values().stream()
        .filter(each -> nowNanos - each.heardAtNanos < LASTS_NANOS)
        .mapToInt(each -> each.table.size())
        .sum();
  }
}
