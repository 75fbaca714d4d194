package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStore;
import dev.aegis.store.MessageStore;
import dev.aegis.store.StoredMessage;
import java.util.List;
import java.util.UUID;

/// Removes the payload of one settled message for good. The trail of the message stays, and gets an
/// entry that says so. Blocking.
final class ErasureResource implements Resource {
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

  private Reply erase(Call call) throws ProblemException {
    UUID id = call.uuid("id");
    StoredMessage message = messages.find(id).orElseThrow(ErasureResource::unknown);
    String organization =
        agents
            .find(message.recipient())
            .map(Agent::organization)
            .filter(call.caller()::sees)
            .orElseThrow(ErasureResource::unknown);
    switch (store.erasure().erase(id, message.sender(), message.recipient())) {
      case ERASED -> {
        String actor = call.caller().actor();
        store.trail().erased(organization, message, actor);
        audit.done(organization, actor, "message-erased", id.toString(), null);
      }
      case NOT_SETTLED ->
          throw new ProblemException(
              ProblemCode.NOT_SETTLED,
              "its recipient may still get it, or it is a dead letter: discard that first");
      case UNKNOWN -> throw unknown();
    }
    return Reply.empty(204);
  }

  private static ProblemException unknown() {
    return new ProblemException(
        ProblemCode.UNKNOWN_MESSAGE, "no message of that id in your organization");
  }
}
