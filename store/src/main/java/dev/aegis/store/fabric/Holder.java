package dev.aegis.store.fabric;

/// The node that holds an agent.
///
/// @param epoch under which it was claimed
public record Holder(long node, long epoch) {
  public Holder {
    FabricNode.requirePositive(node);
    if (epoch < 0) {
      throw new IllegalArgumentException("the epoch is " + epoch + ", must not be negative");
    }
  }
}
