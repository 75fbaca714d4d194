package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.session.Sessions;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// Logins of agents that are changed meanwhile.
final class SessionsOfChangedAgentsTest extends TopicLines {
  private final Sessions sessions = new Sessions(() -> Instant.ofEpochMilli(1));

  /// Its key or its status was looked up before another node changed it, and nobody is registered
  /// yet whose session could be ended.
  @Test
  void aLoginThatWasAdmittedBeforeTheAgentChangedComesAgain() throws Exception {
    AgentLine alice = open("alice");
    long then = sessions.revocations();
    assertThat(sessions.changed("alice")).isNull();
    assertThat(sessions.register(alice.session, then)).isFalse();
    assertThat(sessions.find("alice")).isNull();

    AgentLine again = open("alice");
    assertThat(sessions.register(again.session, sessions.revocations())).isTrue();
    assertThat(sessions.changed("alice")).as("to be looked at").isSameAs(again.session);
  }
}
