package dev.aegis.gateway.http;

import dev.aegis.crypto.MerkleTree;
import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.router.Settlement;
import dev.aegis.gateway.router.SubmitResult;
import dev.aegis.gateway.router.Transition;
import dev.aegis.gateway.webhook.Endpoints;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStore;
import dev.aegis.store.DeadLetter;
import dev.aegis.store.MessageEvent;
import dev.aegis.store.MessageProof;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.MessageStore;
import dev.aegis.store.PoolName;
import dev.aegis.store.ResultStore;
import dev.aegis.store.StoredMessage;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// The REST side of stored messages: one with its history or its proof, and dead letters. A caller
/// sees the messages whose recipient is of its organization; what it settles is audited. Blocking.
final class StoredMessagesResource implements Resource {
  private static final long COMMIT_SECONDS = 10;

  private final String prefix;
  private final Router router;
  private final AgentStore agents;
  private final MessageStore messages;
  private final ResultStore results;
  private final Endpoints endpoints;
  private final Audit audit;
  private final InstantSource clock;

  /// @param prefix what stands before the paths, such as `/api/v1`
  StoredMessagesResource(
      String prefix,
      Router router,
      AgentStore agents,
      MessageStore messages,
      ResultStore results,
      Endpoints endpoints,
      Audit audit,
      InstantSource clock) {
    this.prefix = prefix;
    this.router = router;
    this.agents = agents;
    this.messages = messages;
    this.results = results;
    this.endpoints = endpoints;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        show(),
        Route.get(prefix + "/messages/{id}/proof", this::proof).needs(Scope.MESSAGES_READ),
        Route.post(prefix + "/messages/{id}/redrive", this::redrive).needs(Scope.MESSAGES_SETTLE),
        Route.post(prefix + "/messages/{id}/discard", this::discard).needs(Scope.MESSAGES_SETTLE),
        Route.get(prefix + "/dead-letters", this::deadLetters)
            .needs(Scope.MESSAGES_READ)
            .query("recipient", "before", "limit", "cursor"));
  }

  private Route show() {
    Route route = Route.get(prefix + "/messages/{id}", this::show).needs(Scope.MESSAGES_READ);
    return prefix.equals("/api/v1") ? route.also("/api/messages/{id}") : route;
  }

  /// One message with everything that happened to it.
  private Reply show(Call call) throws ProblemException {
    UUID id = call.uuid("id");
    StoredMessage found = find(call.caller(), id).orElseThrow(StoredMessagesResource::unknown);
    Map<String, Object> shown = MessageJson.whole(found);
    shown.put("erased", found.erased());
    shown.put("result", results.find(found).map(Json::parse).orElse(null));
    shown.put("history", messages.history(id).stream().map(StoredMessagesResource::event).toList());
    shown.put("deliveries", endpoints.ofMessage(id).stream().map(WebhookView::of).toList());
    return Reply.json(200, shown);
  }

  /// What proves who wrote a message.
  private Reply proof(Call call) throws ProblemException {
    UUID id = call.uuid("id");
    MessageProof proof =
        find(call.caller(), id)
            .filter(message -> !message.erased())
            .flatMap(_ -> messages.proof(id))
            .orElseThrow(() ->
                new ProblemException(ProblemCode.UNKNOWN_MESSAGE, "no signed message of that id"));
    Base64.Encoder base64 = Base64.getEncoder();
    byte[] leaves = proof.window().leafHashes();
    int count = leaves.length / MerkleTree.HASH_BYTES;
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("id", proof.id());
    reply.put("envelope", base64.encodeToString(proof.envelope()));
    reply.put("session_hash", base64.encodeToString(proof.window().sessionHash()));
    reply.put("first_index", proof.window().firstIndex());
    reply.put("count", count);
    reply.put("leaf_index", proof.leafIndex());
    reply.put(
        "inclusion_path",
        MerkleTree.inclusionPath(leaves, count, proof.leafIndex()).stream()
            .map(base64::encodeToString)
            .toList());
    reply.put("root", base64.encodeToString(MerkleTree.root(leaves, count)));
    reply.put("signature", base64.encodeToString(proof.window().signature()));
    reply.put("agent_key", base64.encodeToString(proof.window().agentKey()));
    return Reply.json(200, reply);
  }

  /// Dead letters, newest first, and where the next page begins if there may be one.
  private Reply deadLetters(Call call) throws ProblemException {
    DeadLetterQuery query = DeadLetterQuery.of(call, clock);
    List<DeadLetter> page =
        messages.deadLetters(
            call.caller().organization(), query.recipient(), query.before(), query.limit());
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("dead_letters", page.stream().map(StoredMessagesResource::summary).toList());
    if (page.size() == query.limit()) {
      String last = DeadLetterQuery.text(page.getLast().cursor());
      reply.put("next_before", last);
      reply.put("next_cursor", Page.cursor(last));
    }
    return Reply.json(200, reply);
  }

  /// Sends a dead letter again, under its old id.
  private Reply redrive(Call call) throws ProblemException {
    UUID id = call.uuid("id");
    return settle(
        call.caller(),
        id,
        router.deadLetters()::redrive,
        Transition.REDRIVEN,
        "message-redriven",
        done ->
            Reply.json(202, Map.of("id", id, "status", "pending", "sequence", done.sequence())));
  }

  /// Settles a dead letter for good.
  private Reply discard(Call call) throws ProblemException {
    UUID id = call.uuid("id");
    return settle(
        call.caller(),
        id,
        router.deadLetters()::discard,
        Transition.DISCARDED,
        "message-discarded",
        _ -> Reply.json(200, Map.of("id", id, "status", "failed", "reason", "discarded")));
  }

  private Reply settle(
      Caller caller,
      UUID id,
      Function<StoredMessage, CompletionStage<Settlement>> how,
      Transition step,
      String action,
      Function<Settlement.Done, Reply> reply)
      throws ProblemException {
    StoredMessage dead =
        find(caller, id)
            .filter(StoredMessagesResource::isDead)
            .orElseThrow(StoredMessagesResource::notDead);
    Settlement settlement;
    try {
      settlement = how.apply(dead).toCompletableFuture().get(COMMIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProblemException(ProblemCode.SHUTTING_DOWN, "the gateway is stopping");
    } catch (TimeoutException _) {
      throw new ProblemException(
          ProblemCode.TIMEOUT, "not stored in time; look at the message and try again");
    } catch (ExecutionException e) {
      throw new IllegalStateException("settling a dead letter failed", e.getCause());
    }
    return switch (settlement) {
      case Settlement.Refused(SubmitResult.Refused why) -> throw SendingResource.refused(why);
      case Settlement.NotDead() -> throw notDead();
      case Settlement.Done done -> {
        count(step, dead);
        audit.done(
            PoolName.isOne(dead.recipient())
                ? PoolName.organization(dead.recipient())
                : agents.find(dead.recipient()).map(Agent::organization).orElse(null),
            caller.actor(),
            action,
            id.toString(),
            describe(dead));
        yield reply.apply(done);
      }
    };
  }

  private static ProblemException notDead() {
    return new ProblemException(ProblemCode.UNKNOWN_MESSAGE, "no dead letter of that id");
  }

  private void count(Transition step, StoredMessage message) {
    router
        .counters()
        .count(
            step, Priority.fromWire(message.priority()), Guarantee.fromWire(message.guarantee()));
  }

  private Optional<StoredMessage> find(Caller caller, UUID id) {
    return messages.find(id).filter(message -> visible(caller, message));
  }

  private boolean visible(Caller caller, StoredMessage message) {
    if (PoolName.isOne(message.recipient())) {
      return caller.sees(PoolName.organization(message.recipient()));
    }
    return agents
        .find(message.recipient())
        .filter(agent -> caller.sees(agent.organization()))
        .isPresent();
  }

  private static boolean isDead(StoredMessage message) {
    return message.status() == MessageStatus.DEAD;
  }

  private static ProblemException unknown() {
    return new ProblemException(
        ProblemCode.UNKNOWN_MESSAGE, "no message of that id in your organization");
  }

  private static String describe(StoredMessage message) {
    return "from=" + message.sender() + " to=" + message.recipient() + " type=" + message.type();
  }

  private static Map<String, Object> summary(DeadLetter dead) {
    Map<String, Object> shown = MessageJson.summary(dead.message());
    shown.put("died_at", MessageJson.time(dead.diedAtMillis()));
    return shown;
  }

  private static Map<String, Object> event(MessageEvent event) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("status", event.status().text());
    shown.put("at", MessageJson.time(event.atMillis()));
    shown.put("attempt", event.attempt());
    shown.put("reason", event.reason());
    return shown;
  }
}
