package dev.aegis.gateway.router;

import dev.aegis.gateway.topics.DurableSubscriptions;
import dev.aegis.gateway.topics.Subscription;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.QueueGroup;
import dev.aegis.protocol.Stage;
import dev.aegis.protocol.TopicFilter;
import dev.aegis.protocol.TopicPattern;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The subscriptions of one connected agent. Each `subscribe` and `unsubscribe` is answered with a
/// receipt or an error that names the subscription. What asks for the store makes everything behind
/// it wait, so that answers come in order. Confined to the session's loop.
final class AgentSubscriptions {
  private static final Logger LOG = LoggerFactory.getLogger(AgentSubscriptions.class);
  private static final int ON_DISK = 1;
  private static final int IN_MEMORY = 0;

  private final Peer peer;
  private final RouterContext context;
  private final Topics topics;

  /// Those that end with the session.
  private final Map<UUID, Subscription> live = new HashMap<>();

  AgentSubscriptions(Peer peer) {
    this.peer = peer;
    this.context = peer.context();
    this.topics = context.topics();
  }

  void subscribe(Control.Subscribe wanted) {
    Subscription subscription;
    try {
      subscription = subscription(wanted);
    } catch (EnvelopeException e) {
      peer.refuse(e.code(), wanted.id(), e.reason(), Kind.SUBSCRIBE.wire());
      return;
    }
    Map<UUID, Subscription> durable = topics.durable().of(peer.agentId());
    Refused why = check(subscription, durable);
    if (why != null) {
      refuse(Kind.SUBSCRIBE, wanted.id(), why);
    } else if (subscription.durable()) {
      if (subscription.equals(durable.get(wanted.id()))) {
        confirm(wanted.id(), ON_DISK); // an agent that came back asks for what it has
      } else {
        keep(subscription);
      }
    } else if (durable.containsKey(wanted.id())) {
      forget(
          Kind.SUBSCRIBE,
          wanted.id(),
          () -> {
            if (add(subscription)) {
              confirm(subscription.id(), IN_MEMORY);
            }
          });
    } else if (add(subscription)) {
      confirmHeard(subscription);
    }
  }

  /// Confirms it once what other nodes publish from then on comes here too.
  private void confirmHeard(Subscription subscription) {
    CompletableFuture<?> heard = topics.fabric().heard(subscription.organization());
    if (heard.isDone()) {
      confirm(subscription.id(), IN_MEMORY);
    } else {
      peer.intake().await(heard, (_, _) -> confirm(subscription.id(), IN_MEMORY));
    }
  }

  private Subscription subscription(Control.Subscribe wanted) throws EnvelopeException {
    String group = wanted.queueGroup();
    if (group != null && !QueueGroup.isValid(group)) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, "queue group");
    }
    return new Subscription(
        wanted.id(),
        peer.agentId(),
        peer.session().organization(),
        TopicPattern.parse(wanted.pattern()),
        TopicFilter.parse(wanted.filter()),
        group,
        wanted.durable());
  }

  private @Nullable Refused check(Subscription wanted, Map<UUID, Subscription> durable) {
    List<Subscription> others =
        Stream.concat(live.values().stream(), durable.values().stream())
            .filter(other -> !other.id().equals(wanted.id()))
            .toList();
    if (others.size() >= topics.bounds().perAgent()) {
      return new Refused(
          ErrorCode.TOO_MANY_SUBSCRIPTIONS, "the agent has as many subscriptions as it may", 0);
    }
    return others.stream().anyMatch(wanted::clashesWith)
        ? new Refused(
            ErrorCode.CONFLICT,
            "overlaps another subscription of this agent, and one of them has a queue group",
            0)
        : null;
  }

  /// @return false at the bound, which the agent is told
  private boolean add(Subscription subscription) {
    if (!topics.table().offer(subscription)) {
      refuse(Kind.SUBSCRIBE, subscription.id(), tableFull());
      return false;
    }
    drop(subscription.id());
    live.put(subscription.id(), subscription);
    return true;
  }

  private Refused tableFull() {
    return context.gate().retryable(ErrorCode.OVERLOADED, "the gateway has no room for more");
  }

  private void keep(Subscription subscription) {
    peer.intake()
        .await(
            topics
                .changes()
                .read("a subscription", () -> topics.durable().put(subscription))
                .thenCompose(kept ->
                    topics.fabric().heard(subscription.organization()).thenApply(_ -> kept)),
            (kept, failure) -> {
              if (failure != null) {
                unavailable(Kind.SUBSCRIBE, subscription.id(), failure);
              } else if (kept) {
                drop(subscription.id());
                context.others().subscriptionsChanged(peer.agentId());
                confirm(subscription.id(), ON_DISK);
              } else {
                refuse(Kind.SUBSCRIBE, subscription.id(), tableFull());
              }
            });
  }

  void unsubscribe(UUID id) {
    if (topics.durable().of(peer.agentId()).containsKey(id)) {
      forget(
          Kind.UNSUBSCRIBE,
          id,
          () -> {
            drop(id);
            confirm(id, ON_DISK);
          });
    } else {
      drop(id);
      confirm(id, IN_MEMORY); // also what is not there: it may be asked for again
    }
  }

  private void forget(Kind kind, UUID id, Runnable then) {
    DurableSubscriptions durable = topics.durable();
    peer.intake()
        .await(
            topics
                .changes()
                .read(
                    "a subscription",
                    () -> {
                      durable.remove(peer.agentId(), id);
                      return true;
                    }),
            (_, failure) -> {
              if (failure != null) {
                unavailable(kind, id, failure);
              } else {
                context.others().subscriptionsChanged(peer.agentId());
                then.run();
              }
            });
  }

  private void unavailable(Kind kind, UUID id, Throwable failure) {
    LOG.debug("a subscription of {} is as it was", peer.agentId(), failure);
    refuse(kind, id, context.gate().storeUnavailable());
  }

  private void drop(UUID id) {
    Subscription before = live.remove(id);
    if (before != null) {
      topics.table().remove(before);
    }
  }

  private void confirm(UUID id, int level) {
    peer.control(
        new Control.Receipt(Stage.STORED, 0, List.of(id), null, level, context.gate().nowMillis()));
  }

  private void refuse(Kind kind, UUID id, Refused why) {
    context.counters().countRefused(why.code());
    peer.control(
        new Control.Refusal(
            why.code().wire(), id, why.reason(), why.retryAfterMillis(), kind.wire()));
  }

  /// The session has ended, and what ends with it.
  void close() {
    live.values().forEach(topics.table()::remove);
    live.clear();
  }
}
