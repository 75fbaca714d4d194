package dev.aegis.gateway.topics;

import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.TopicPattern;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// What the topics of this node tell the other nodes of a cluster; what those answer comes in
/// through `Router.publishedElsewhere`. Durable subscriptions are in the database, which all nodes
/// read: the node that accepts a durable message stores the copies of all. So only what goes to
/// connected agents crosses here.
///
/// Implementations are called from any thread, event loops included, and never block.
public interface TopicFabric {
  /// A node that is alone.
  TopicFabric NONE = new Alone();

  /// The first subscription of this node under the pattern. Calls for one organization come one
  /// after the other.
  void subscribed(String organization, TopicPattern pattern);

  /// Completes, never with a failure, once what other nodes publish in an organization is heard
  /// here; also where that cannot be had for now.
  CompletableFuture<?> heard(String organization);

  /// The last one has gone.
  void unsubscribed(String organization, TopicPattern pattern);

  /// A subscription in a queue group was added here, or read from the database: its agent may be
  /// connected anywhere. Calls for one organization come one after the other.
  void joined(Subscription subscription);

  /// It has gone.
  void left(Subscription subscription);

  /// Gives the subscriptions in queue groups of agents connected at other nodes whose pattern is
  /// for the topic, whatever their filter says, as far as those nodes have been heard lately.
  void membersElsewhere(String organization, String topic, Consumer<MemberElsewhere> into);

  /// A member of a queue group at another node.
  record MemberElsewhere(long node, Subscription subscription) {}

  /// A message to a topic was accepted here and went to the agents connected here.
  ///
  /// @param buffer holds the envelope at `offset`; borrowed for the time of the call
  /// @param turns for each queue group that is served at another node, which one: that node alone
  ///   serves it
  /// @param onlyTurns whether everybody else had it before
  void published(
      String organization,
      RoutingHeader header,
      byte[] buffer,
      int offset,
      Map<String, Long> turns,
      boolean onlyTurns);

  /// Nobody to tell.
  final class Alone implements TopicFabric {
    private Alone() {}

    @Override
    public void subscribed(String organization, TopicPattern pattern) {}

    @Override
    public CompletableFuture<?> heard(String organization) {
      return CompletableFuture.completedFuture(true);
    }

    @Override
    public void unsubscribed(String organization, TopicPattern pattern) {}

    @Override
    public void joined(Subscription subscription) {}

    @Override
    public void left(Subscription subscription) {}

    @Override
    public void membersElsewhere(
        String organization, String topic, Consumer<MemberElsewhere> into) {}

    @Override
    public void published(
        String organization,
        RoutingHeader header,
        byte[] buffer,
        int offset,
        Map<String, Long> turns,
        boolean onlyTurns) {}
  }
}
