package dev.aegis.store;

import dev.aegis.protocol.Priority;
import dev.aegis.store.fabric.Claim;
import dev.aegis.store.fabric.Fabric;
import dev.aegis.store.fabric.FabricNode;
import dev.aegis.store.fabric.FabricState;
import dev.aegis.store.fabric.Holder;
import dev.aegis.store.fabric.SendResult;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/// A fabric that is away when the test says so.
record FailingFabric(Fabric fabric, BooleanSupplier away) implements Fabric {
  @Override
  public FabricNode node() {
    return fabric.node();
  }

  @Override
  public CompletionStage<SendResult> send(long toNode, Priority priority, byte[] flight) {
    return away.getAsBoolean()
        ? CompletableFuture.completedFuture(SendResult.UNAVAILABLE)
        : fabric.send(toNode, priority, flight);
  }

  @Override
  public CompletionStage<Boolean> dropInbox(long node) {
    return fabric.dropInbox(node);
  }

  @Override
  public CompletionStage<Claim> claim(String agentId, long epoch) {
    return fabric.claim(agentId, epoch);
  }

  @Override
  public CompletionStage<Boolean> release(String agentId, long epoch) {
    return fabric.release(agentId, epoch);
  }

  @Override
  public CompletionStage<Optional<Holder>> find(String agentId) {
    return fabric.find(agentId);
  }

  @Override
  public CompletionStage<SendResult> publish(String channel, byte[] flight) {
    return fabric.publish(channel, flight);
  }

  @Override
  public CompletionStage<Boolean> subscribe(String channel) {
    return fabric.subscribe(channel);
  }

  @Override
  public CompletionStage<Boolean> unsubscribe(String channel) {
    return fabric.unsubscribe(channel);
  }

  @Override
  public FabricState state() {
    FabricState state = fabric.state();
    return away.getAsBoolean()
        ? new FabricState(
            false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "away")
        : state;
  }

  @Override
  public void close() {
    fabric.close();
  }
}
