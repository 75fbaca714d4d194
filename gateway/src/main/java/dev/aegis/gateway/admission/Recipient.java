package dev.aegis.gateway.admission;

import dev.aegis.store.Agent;
import dev.aegis.store.AgentStatus;
import java.util.Optional;

/// What routing needs to know of an agent.
public sealed interface Recipient {
  /// An agent that messages can go to.
  record Known(String organization) implements Recipient {}

  /// There is none of that name.
  record Unknown() implements Recipient {}

  /// It was shut out.
  record Revoked() implements Recipient {}

  /// It takes nothing at present.
  record Inactive(String organization) implements Recipient {}

  static Recipient of(Optional<Agent> agent) {
    if (agent.isEmpty()) {
      return new Unknown();
    }
    if (agent.get().revoked()) {
      return new Revoked();
    }
    return agent.get().status() == AgentStatus.INACTIVE
        ? new Inactive(agent.get().organization())
        : new Known(agent.get().organization());
  }

  default boolean known() {
    return this instanceof Known;
  }
}
