package dev.aegis.store;

import org.jspecify.annotations.Nullable;

/// An agent with all that the registry has of it. Times are Unix milliseconds.
///
/// @param name unique among the agents of the organization
/// @param endpoint where it takes HTTP deliveries
/// @param capabilities a JSON array of objects with a `name` and, perhaps, `attributes`
/// @param publicKey null while it uses REST only
/// @param heartbeatAtMillis 0 for never
/// @param version grows with every change of what stands here, but for heartbeats and states
public record RegisteredAgent(
    String id,
    String organization,
    String name,
    String type,
    @Nullable String endpoint,
    String capabilities,
    AgentStatus status,
    byte @Nullable [] publicKey,
    LiveState state,
    boolean connected,
    long heartbeatAtMillis,
    long createdAtMillis,
    long updatedAtMillis,
    long version) {
  /// What may be changed of it, all together.
  public record Details(
      String name,
      String type,
      @Nullable String endpoint,
      String capabilities,
      AgentStatus status) {
    /// Of an agent that nothing is known of but its id.
    public static Details of(String id) {
      return new Details(id, "agent", null, "[]", AgentStatus.ACTIVE);
    }
  }

  public Details details() {
    return new Details(name, type, endpoint, capabilities, status);
  }
}
