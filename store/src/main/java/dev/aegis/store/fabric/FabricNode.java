package dev.aegis.store.fabric;

/// A node of a cluster.
///
/// @param cluster in front of all keys in Redis, so that several clusters may share one: 1 to 64
///   lower-case letters, digits and hyphens
/// @param id positive, and never given to another process of the cluster
public record FabricNode(String cluster, long id) {
  private static final String CLUSTER_FORM = "[a-z0-9-]{1,64}";

  public FabricNode {
    if (!cluster.matches(CLUSTER_FORM)) {
      throw new IllegalArgumentException(
          "the cluster's name is \"" + cluster + "\", must match " + CLUSTER_FORM);
    }
    requirePositive(id);
  }

  static void requirePositive(long id) {
    if (id < 1) {
      throw new IllegalArgumentException("the node's id is " + id + ", must be positive");
    }
  }
}
