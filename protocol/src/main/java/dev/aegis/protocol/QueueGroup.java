package dev.aegis.protocol;

/// The rule for names of queue groups: those of agents, up to [#MAX_BYTES].
public final class QueueGroup {
  public static final int MAX_BYTES = 64;

  private QueueGroup() {}

  public static boolean isValid(String name) {
    return name.length() <= MAX_BYTES && AgentId.isValid(name);
  }
}
