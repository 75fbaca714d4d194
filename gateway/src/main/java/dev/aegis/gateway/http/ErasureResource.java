package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStore;
import dev.aegis.store.Erasure;
import dev.aegis.store.MessageStore;
import dev.aegis.store.PoolName;
import dev.aegis.store.StoreException;
import dev.aegis.store.StoredMessage;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removes the payload of one settled message for good. The trails of the message stay, and get an
/// entry that says so. Blocking.
final class ErasureResource implements Resource {
  private static final Logger log = LoggerFactory.getLogger(ErasureResource.class);

  private final String prefix;
  private final AuditResource.Store store;
  private final AgentStore agents;
  private final MessageStore messages;
  private final Audit audit;

  ErasureResource(
      String prefix,
      AuditResource.Store store,
      AgentStore agents,
      MessageStore messages,
      Audit audit) {
    this.prefix = prefix;
    this.store = store;
    this.agents = agents;
    this.messages = messages;
    this.audit = audit;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.delete(prefix + "/messages/{id}/payload", this::erase).needs(Scope.MESSAGES_ERASE));
  }

  /// What is to be done is on disk before it is done: where a gateway ends in between, the trail
  /// has more than happened, not less. The same call again does the rest.
  private Reply erase(Call call) throws ProblemException {
    UUID id = call.uuid("id");
    StoredMessage message = messages.find(id).orElseThrow(ErasureResource::unknown);
    String organization =
        organization(message.recipient())
            .filter(call.caller()::sees)
            .orElseThrow(ErasureResource::unknown);
    String actor = call.caller().actor();
    check(store.erasure().standing(message));
    audit.done(organization, actor, "message-erased", id.toString(), null);
    check(store.erasure().erase(message));
    Set<String> trails = new LinkedHashSet<>(Set.of(organization));
    organization(message.sender()).ifPresent(trails::add);
    trails.forEach(trail -> erased(trail, message, actor));
    return Reply.empty(204);
  }

  private static void check(Erasure.Standing standing) throws ProblemException {
    switch (standing) {
      case SETTLED -> {}
      case NOT_SETTLED ->
          throw new ProblemException(
              ProblemCode.NOT_SETTLED,
              "its recipient may still get it, or it is a dead letter: discard that first");
      case UNKNOWN -> throw unknown();
    }
  }

  private void erased(String trail, StoredMessage message, String actor) {
    try {
      store.trail().erased(trail, message, actor);
    } catch (StoreException e) {
      log.error("not in the audit trail of {}: {} erased {}", trail, actor, message.id());
      throw e;
    }
  }

  /// Of an agent, or of work that no agent had.
  private Optional<String> organization(String name) {
    return PoolName.isOne(name)
        ? Optional.of(PoolName.organization(name))
        : agents.find(name).map(Agent::organization);
  }

  private static ProblemException unknown() {
    return new ProblemException(
        ProblemCode.UNKNOWN_MESSAGE, "no message of that id in your organization");
  }
}
