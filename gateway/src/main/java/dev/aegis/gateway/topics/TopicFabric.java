package dev.aegis.gateway.topics;

import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.TopicPattern;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

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

  /// A message to a topic was accepted here and went to the agents connected here.
  ///
  /// @param buffer holds the envelope at `offset`; borrowed for the time of the call
  /// @param served the queue groups of which an agent has it. Of a group that is not among them,
  ///   and has members on several other nodes, one node must be chosen: that is for this method to
  ///   do
  void published(
      String organization, RoutingHeader header, byte[] buffer, int offset, Set<String> served);

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
    public void published(
        String organization, RoutingHeader header, byte[] buffer, int offset, Set<String> served) {}
  }
}
