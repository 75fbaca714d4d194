package dev.aegis.gateway;

import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.session.AgentAdmission;
import dev.aegis.gateway.session.AgentDirectory;
import dev.aegis.protocol.AgentProof;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStatus;
import dev.aegis.store.AgentStore;
import dev.aegis.store.Redemption;
import dev.aegis.store.StoreException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Admits agents that are enrolled with the key they proved, those that bring a join token and,
/// where enrolment is open, whoever comes under a name that is free. Blocking.
final class EnrolledAgents implements AgentDirectory {
  private static final Logger log = LoggerFactory.getLogger(EnrolledAgents.class);

  private final AgentStore agents;
  private final GatewayConfig.Agents policy;
  private final BooleanSupplier storeAvailable;

  /// @throws StoreException enrolment is open and its organization cannot be made sure of
  EnrolledAgents(AgentStore agents, GatewayConfig.Agents policy, BooleanSupplier storeAvailable) {
    this.agents = agents;
    this.policy = policy;
    this.storeAvailable = storeAvailable;
    String open = policy.openOrganization();
    if (open != null) {
      agents.addOrganization(open, open);
      log.warn(
          "ENROLMENT IS OPEN: whoever reaches this gateway becomes an agent of organization {}",
          open);
    }
    if (!policy.signingRequired()) {
      log.warn("SIGNING IS OFF: no message can be proven to be its sender's");
    }
  }

  @Override
  public Optional<AgentAdmission> admit(AgentProof proof) {
    try {
      Optional<AgentAdmission> known = known(proof);
      if (known.isPresent()) {
        return known;
      }
      if (proof.joinToken().isEmpty()) {
        return unknown(proof);
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

  @Override
  public boolean available() {
    return storeAvailable.getAsBoolean();
  }

  private Optional<AgentAdmission> unknown(AgentProof proof) {
    String open = policy.openOrganization();
    if (open == null || !agents.add(proof.agentId(), open, proof.key().bytes())) {
      return Optional.empty();
    }
    log.warn("{} enrolled itself in organization {}: enrolment is open", proof.agentId(), open);
    return known(proof);
  }

  private Optional<AgentAdmission> known(AgentProof proof) {
    return agents
        .find(proof.agentId())
        .filter(agent ->
            !agent.revoked() && agent.status() != AgentStatus.INACTIVE && holds(agent, proof))
        .map(agent -> new AgentAdmission(agent.organization(), policy.signingRequired()));
  }

  private static boolean holds(Agent agent, AgentProof proof) {
    byte[] key = agent.publicKey();
    return key != null && Arrays.equals(key, proof.key().bytes());
  }
}
