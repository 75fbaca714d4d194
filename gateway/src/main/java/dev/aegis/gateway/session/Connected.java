package dev.aegis.gateway.session;

import dev.aegis.store.AgentConnection;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Which agents are connected, here or to another node of the cluster. Others' are known from their
/// rows, so a moment later. Thread-safe; blocks where it has to look there, and throws as the store
/// does.
public final class Connected {
  private final Sessions sessions;
  private final Function<Collection<String>, List<AgentConnection>> elsewhere;

  /// @param sinceMillis by the clock of the node that has it
  /// @param sessionEpoch grows with the logins there
  public record Connection(long sinceMillis, long sessionEpoch) {}

  /// @param elsewhere finds those of these agents that other nodes have
  public Connected(
      Sessions sessions, Function<Collection<String>, List<AgentConnection>> elsewhere) {
    this.sessions = sessions;
    this.elsewhere = elsewhere;
  }

  public Optional<Connection> find(String agent) {
    Session here = sessions.find(agent);
    if (here != null) {
      return Optional.of(new Connection(here.openedAtMillis(), here.epoch()));
    }
    return elsewhere.apply(List.of(agent)).stream()
        .map(there -> new Connection(there.connectedAtMillis(), there.sessionEpoch()))
        .findFirst();
  }

  /// Which of these.
  public Set<String> among(Collection<String> agents) {
    Set<String> connected = new HashSet<>();
    elsewhere.apply(agents).forEach(there -> connected.add(there.agentId()));
    agents.stream().filter(agent -> sessions.find(agent) != null).forEach(connected::add);
    return connected;
  }
}
