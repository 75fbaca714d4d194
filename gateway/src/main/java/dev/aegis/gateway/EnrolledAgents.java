package dev.aegis.gateway;

import dev.aegis.gateway.session.AgentAdmission;
import dev.aegis.gateway.session.AgentDirectory;
import dev.aegis.protocol.AgentProof;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStore;
import dev.aegis.store.Redemption;
import dev.aegis.store.StoreException;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Admits agents that are enrolled with the key they proved, and those that bring a join token.
/// Blocking.
final class EnrolledAgents implements AgentDirectory {
  private static final Logger log = LoggerFactory.getLogger(EnrolledAgents.class);

  private final AgentStore agents;

  EnrolledAgents(AgentStore agents) {
    this.agents = agents;
  }

  @Override
  public Optional<AgentAdmission> admit(AgentProof proof) {
    try {
      Optional<AgentAdmission> known = known(proof);
      if (known.isPresent() || proof.joinToken().isEmpty()) {
        return known;
      }
      Redemption redemption =
          agents.redeemJoinToken(proof.joinToken(), proof.agentId(), proof.key().bytes());
      if (redemption != Redemption.JOINED) {
        log.info("join token of {} refused: {}", proof.agentId(), redemption);
        return Optional.empty();
      }
      log.info("{} enrolled with a join token", proof.agentId());
      return known(proof);
    } catch (StoreException e) {
      log.warn("cannot look up {}: {}", proof.agentId(), e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<AgentAdmission> known(AgentProof proof) {
    return agents
        .find(proof.agentId())
        .filter(agent -> !agent.revoked() && holds(agent, proof))
        .map(agent -> new AgentAdmission(agent.organization(), true));
  }

  private static boolean holds(Agent agent, AgentProof proof) {
    byte[] key = agent.publicKey();
    return key != null && Arrays.equals(key, proof.key().bytes());
  }
}
