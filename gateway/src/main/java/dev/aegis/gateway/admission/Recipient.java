package dev.aegis.gateway.admission;

import dev.aegis.store.Agent;
import java.util.Optional;

/// What routing needs to know of an agent.
public sealed interface Recipient {
  /// An agent that messages can go to.
  record Known(String organization) implements Recipient {}

  /// There is none of that name.
  record Unknown() implements Recipient {}

  /// It was shut out.
  record Revoked() implements Recipient {}

  static Recipient of(Optional<Agent> agent) {
    if (agent.isEmpty()) {
      return new Unknown();
    }
    return agent.get().revoked() ? new Revoked() : new Known(agent.get().organization());
  }

  default boolean known() {
    return this instanceof Known;
  }
}
