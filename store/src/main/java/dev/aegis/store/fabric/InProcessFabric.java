package dev.aegis.store.fabric;

import dev.aegis.protocol.Priority;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The fabric of nodes within one JVM, and of a node alone: no Redis, no seals, and every answer is
/// there at once. Nothing is lost here, so an inbox never is.
public final class InProcessFabric implements Fabric {
  private final InProcessHub hub;
  private final FabricNode node;
  private final FabricCounters counters = new FabricCounters();
  private final InProcessInbox inbox;
  private volatile boolean closed;

  private InProcessFabric(
      InProcessHub hub, FabricNode node, FabricLimits limits, FabricListener listener) {
    this.hub = hub;
    this.node = node;
    this.inbox = new InProcessInbox(node.id(), limits, listener, counters);
  }

  /// @param hub shared by the nodes that are to reach each other
  /// @throws IllegalArgumentException the hub has a node of that id
  public static InProcessFabric open(
      InProcessHub hub, FabricNode node, FabricLimits limits, FabricListener listener) {
    InProcessFabric fabric = new InProcessFabric(hub, node, limits, listener);
    hub.join(node.id(), fabric.inbox);
    fabric.inbox.start();
    return fabric;
  }

  @Override
  public FabricNode node() {
    return node;
  }

  @Override
  public CompletionStage<SendResult> send(long toNode, Priority priority, byte[] flight) {
    Flights.requireSendable(flight);
    if (closed) {
      return answered(SendResult.UNAVAILABLE);
    }
    InProcessInbox target = hub.inbox(toNode);
    return answered(
        target == null ? SendResult.NO_INBOX : target.offer(node.id(), priority, flight));
  }

  private CompletionStage<SendResult> answered(SendResult result) {
    counters.answered(result, 1);
    return CompletableFuture.completedFuture(result);
  }

  @Override
  public CompletionStage<Boolean> dropInbox(long dead) {
    hub.drop(dead);
    return done();
  }

  @Override
  public CompletionStage<Claim> claim(String agentId, long epoch) {
    return CompletableFuture.completedFuture(
        closed ? new Claim.Unavailable() : hub.claim(agentId, new Holder(node.id(), epoch)));
  }

  @Override
  public CompletionStage<Boolean> release(String agentId, long epoch) {
    hub.release(agentId, new Holder(node.id(), epoch));
    return done();
  }

  @Override
  public CompletionStage<Optional<Holder>> find(String agentId) {
    return CompletableFuture.completedFuture(hub.find(agentId));
  }

  @Override
  public CompletionStage<SendResult> publish(String channel, byte[] flight) {
    Flights.requireSendable(flight);
    if (closed) {
      return answered(SendResult.UNAVAILABLE);
    }
    for (InProcessInbox each : hub.inboxes()) {
      if (each != inbox) {
        each.publish(channel, flight);
      }
    }
    return answered(SendResult.SENT);
  }

  @Override
  public CompletionStage<Boolean> subscribe(String channel) {
    inbox.channels().add(channel);
    return done();
  }

  @Override
  public CompletionStage<Boolean> unsubscribe(String channel) {
    inbox.channels().remove(channel);
    return done();
  }

  private static CompletionStage<Boolean> done() {
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public FabricState state() {
    return counters.state(
        !closed,
        0,
        new Backlog(0, 0),
        inbox.waitingTopicBytes(),
        hub.claims(node.id()),
        inbox.channels().size());
  }

  @Override
  public void close() {
    closed = true;
    hub.drop(node.id());
    hub.releaseAll(node.id());
    inbox.close();
  }
}
