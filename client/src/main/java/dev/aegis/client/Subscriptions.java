package dev.aegis.client;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.TopicFilter;
import dev.aegis.protocol.TopicName;
import dev.aegis.protocol.TopicPattern;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The subscriptions of a client, and what was asked of the gateway for them and not answered yet.
/// Any thread may subscribe, close, and look for handlers; the rest belongs to the event loop.
final class Subscriptions {
  /// More than a gateway takes of one agent.
  private static final int MAX = 8_192;

  private static final long SHORTEST_RETRY_MILLIS = 1_000;
  private static final Logger log = LoggerFactory.getLogger(Subscriptions.class);

  /// What it needs of its client.
  interface Client {
    /// Any thread; runs on the event loop, unless the client has ended.
    void execute(Runnable task);

    /// On the event loop: sends it if there is a session.
    void tell(Control envelope);

    /// On the event loop: runs it later.
    void later(Runnable task, long millis);

    /// On the event loop: more, or fewer, answers are awaited.
    void awaitingChanged();
  }

  private final Client client;
  private final Map<UUID, Subscription> all = new ConcurrentHashMap<>();

  /// Durable ones that were closed: the gateway has to hear of it.
  private final Map<UUID, Control.Unsubscribe> leaving = new ConcurrentHashMap<>();

  /// What this session was asked; it answers in this order.
  private final ArrayDeque<Control> asked = new ArrayDeque<>();

  private boolean connected;
  private @Nullable AegisException over;

  Subscriptions(Client client) {
    this.client = client;
  }

  /// Any thread.
  ///
  /// @throws IllegalArgumentException no pattern, or no filter
  /// @throws InvalidOperationException a durable one that there is already
  /// @throws QueueFullException far too many
  Subscription subscribe(String pattern, SubscribeOptions options, MessageHandler handler) {
    if (all.size() + leaving.size() >= MAX) {
      throw new QueueFullException("there are " + MAX + " subscriptions");
    }
    Control.Subscribe wanted =
        new Control.Subscribe(
            options.durable() ? lastingId(pattern, options) : UUID.randomUUID(),
            pattern,
            options.filter(),
            options.queueGroup(),
            options.durable());
    Subscription made;
    try {
      made =
          new Subscription(
              wanted,
              TopicPattern.parse(pattern),
              TopicFilter.parse(options.filter()),
              handler,
              this::close);
    } catch (EnvelopeException e) {
      throw new IllegalArgumentException("not a " + e.reason(), e);
    }
    if (all.putIfAbsent(wanted.id(), made) != null) {
      throw new InvalidOperationException("there is this durable subscription already: " + pattern);
    }
    client.execute(() -> {
      AegisException why = over;
      if (why != null) {
        all.remove(wanted.id(), made);
        made.end(why);
      } else {
        leaving.remove(wanted.id());
        ask(made);
      }
    });
    return made;
  }

  /// The same after a restart of the agent, so that it meets what the gateway has kept.
  private static UUID lastingId(String pattern, SubscribeOptions options) {
    String name = pattern + '\0' + options.queueGroup() + '\0' + new TreeMap<>(options.filter());
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
  }

  private void close(Subscription subscription) {
    if (!all.remove(subscription.id(), subscription)) {
      return;
    }
    subscription.end(new InvalidOperationException("the subscription was closed"));
    client.execute(() -> {
      Control.Unsubscribe goodbye = new Control.Unsubscribe(subscription.id());
      if (subscription.wanted().durable()) {
        leaving.put(subscription.id(), goodbye);
      }
      send(goodbye);
    });
  }

  /// The handlers of a message; none where it came to no topic that is subscribed to. Any thread.
  List<MessageHandler> handlers(Message message) {
    if (all.isEmpty()) {
      return List.of();
    }
    String topic = TopicName.ofAddress(message.to());
    if (topic == null) {
      return List.of();
    }
    return all.values().stream()
        .filter(each -> each.isFor(topic, message))
        .map(Subscription::handler)
        .toList();
  }

  private void ask(Subscription subscription) {
    if (all.get(subscription.id()) == subscription) {
      send(subscription.wanted());
    }
  }

  private void send(Control envelope) {
    if (connected) { // or the next session begins with it
      asked.add(envelope);
      client.tell(envelope);
      client.awaitingChanged();
    }
  }

  void established() {
    connected = true;
    leaving.values().forEach(this::send);
    all.values().forEach(this::ask);
  }

  void sessionEnded() {
    connected = false;
    asked.clear();
  }

  boolean isAwaiting() {
    return !asked.isEmpty();
  }

  /// The gateway has done what was asked.
  ///
  /// @return false where it speaks of something else
  boolean confirmed(UUID id) {
    Control done = answered(id);
    if (done == null) {
      return false;
    }
    Subscription subscription = all.get(id);
    if (done.kind() == Kind.SUBSCRIBE && subscription != null) {
      subscription.confirmed();
    } else if (done.kind() == Kind.UNSUBSCRIBE) {
      leaving.remove(id, done);
    }
    return true;
  }

  /// The gateway has refused what was asked. What it had taken before is tried again where that may
  /// help, for it is the session that is new and not the wish.
  void refused(UUID id, RefusedException why) {
    Control refused = answered(id);
    if (refused == null) {
      return;
    }
    Subscription subscription = all.get(id);
    boolean again = why.code().retryable();
    long pause = Math.max(SHORTEST_RETRY_MILLIS, why.retryAfter().toMillis());
    if (refused.kind() == Kind.UNSUBSCRIBE) {
      log.warn("a subscription was not ended: {}", why.getMessage());
      if (again && leaving.containsKey(id)) {
        client.later(() -> leave(id), pause);
      }
    } else if (subscription != null) {
      if (again && subscription.active().isDone()) {
        log.warn("no subscription to {} yet: {}", subscription.pattern(), why.getMessage());
        client.later(() -> ask(subscription), pause);
      } else {
        all.remove(id, subscription);
        subscription.end(why);
      }
    }
  }

  private void leave(UUID id) {
    Control.Unsubscribe goodbye = leaving.get(id);
    if (goodbye != null) {
      send(goodbye);
    }
  }

  private @Nullable Control answered(UUID id) {
    Control next = asked.peek();
    boolean known =
        switch (next) {
          case Control.Subscribe subscribe -> subscribe.id().equals(id);
          case Control.Unsubscribe unsubscribe -> unsubscribe.id().equals(id);
          case null, default -> false;
        };
    if (!known) {
      return null;
    }
    asked.remove();
    client.awaitingChanged();
    return next;
  }

  void failAll(AegisException why) {
    over = why;
    sessionEnded();
    all.values().forEach(each -> each.end(why));
    all.clear();
    leaving.clear();
  }
}
