package dev.aegis.client;

import dev.aegis.protocol.Kind;
import dev.aegis.protocol.TopicName;
import dev.aegis.protocol.Uuid7;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An agent's connection to a gateway: sends and receives messages, subscribes to topics, keeps the
/// connection, acknowledges what its handlers have finished. All methods may be called from any
/// thread; futures complete on the client's event loop, so what is attached to them must not block.
public final class AegisClient implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AegisClient.class);

  /// How much longer than it may take `close` waits for the end of it.
  private static final Duration CLOSE_MARGIN = Duration.ofSeconds(5);

  private final ClientOptions options;
  private final @Nullable EventLoopGroup ownGroup;
  private final EventLoop eventLoop;
  private final Sender sender;
  private final Handlers handlers;
  private final ClientLoop loop;
  private volatile boolean closed;

  private AegisClient(ClientOptions options, ProcessedLog.Remembered remembered) {
    this.options = options;
    EventLoopGroup shared = options.loops();
    EventLoopGroup group = shared != null ? shared : EventLoops.create(1, "aegis-client");
    this.ownGroup = shared != null ? null : group;
    this.eventLoop = group.next();
    SecureRandom random = new SecureRandom();
    Budget budget = new Budget(options.maxQueuedMessages(), options.maxQueuedBytes());
    Clock clock = Clock.systemUTC();
    this.sender =
        new Sender(options, budget, new Uuid7(clock, random), clock, item -> submit(item));
    this.loop =
        new ClientLoop(
            options,
            eventLoop,
            new Backoff(options.minBackoff(), options.maxBackoff(), random),
            new Gateways(options.gateways(), random),
            System::nanoTime,
            new Outgoing(budget),
            sender,
            remembered);
    this.handlers = loop.handlers();
  }

  private void submit(Item item) {
    loop.submit(item);
  }

  /// Connects and waits for the session.
  ///
  /// @throws NotConnectedException no session within the connect timeout; the message says what the
  ///   last try met
  /// @throws ConnectionClosedException the gateway does not let this agent in
  /// @throws UntrustedGatewayException the gateway is not the one that was pinned
  /// @throws ProcessedLogException the processed log cannot be read
  public static AegisClient connect(ClientOptions options) {
    return connect(options, _ -> {});
  }

  /// As [#connect(ClientOptions)], but registers handlers first, so that what waits in the mailbox
  /// meets them.
  public static AegisClient connect(ClientOptions options, Consumer<AegisClient> handlers) {
    AegisClient client;
    try {
      client = new AegisClient(options, options.processedLog().load());
    } catch (IOException e) {
      throw new ProcessedLogException(e);
    }
    boolean connected = false;
    try {
      handlers.accept(client);
      client.loop.start();
      client.awaitSession();
      connected = true;
      return client;
    } finally {
      if (!connected) {
        client.close();
      }
    }
  }

  private void awaitSession() {
    try {
      loop.connected().get(options.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof AegisException known
          ? known
          : new NotConnectedException("cannot connect to " + options.place(), e.getCause());
    } catch (TimeoutException e) {
      throw new NotConnectedException(
          "no session with "
              + options.place()
              + " within "
              + options.connectTimeout()
              + ": "
              + loop.lastFailure(),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NotConnectedException("interrupted while connecting", e);
    }
  }

  public String agentId() {
    return options.agentId();
  }

  /// Registers the handler for messages of a type; `*` takes the types that have none.
  public AegisClient on(String type, MessageHandler handler) {
    handlers.on(type, handler);
    return this;
  }

  /// Registers what answers requests of a type; `*` takes the types that have none.
  public AegisClient onRequest(String type, RequestHandler handler) {
    return onRequest(type, (request, _) -> handler.handle(request));
  }

  /// As [#onRequest(String, RequestHandler)], for work that takes long.
  public AegisClient onRequest(String type, RequestWorker worker) {
    handlers.onRequest(type, worker);
    return this;
  }

  /// Subscribes to the topics of this agent's organization that the pattern is for: `*` stands for
  /// one token, `>` at the end for one or more. Never blocks; [Subscription#active] tells when the
  /// gateway has it. To meet what waits in the mailbox, subscribe before connecting, as with
  /// [#connect(ClientOptions, Consumer)].
  ///
  /// An agent gets a message once; where several of its subscriptions fit, their handlers run one
  /// after the other, and if one throws, the message has failed for all. Messages of topics that
  /// arrive without a subscription that fits go to the handlers of their type, as requests always
  /// do.
  ///
  /// @throws IllegalArgumentException no pattern, or a filter that PROTOCOL.md 6.2 does not know
  /// @throws InvalidOperationException this client was closed, or has this durable subscription
  /// @throws ConnectionClosedException the session has ended for good
  public Subscription subscribe(String pattern, SubscribeOptions options, MessageHandler handler) {
    checkOpen();
    return loop.subscribe(pattern, options, handler);
  }

  /// As [#subscribe(String, SubscribeOptions, MessageHandler)], to everything while connected.
  public Subscription subscribe(String pattern, MessageHandler handler) {
    return subscribe(pattern, SubscribeOptions.defaults(), handler);
  }

  /// Sends a message to a topic, whomever it is addressed to. Best-effort, it goes to the
  /// subscribers that are connected; else it is also stored for those whose subscription is
  /// durable, and [Sent#accepted] completes once that is done.
  ///
  /// @throws QueueFullException as [#send(OutgoingMessage)]
  /// @throws ConnectionClosedException as [#send(OutgoingMessage)]
  /// @throws InvalidOperationException as [#send(OutgoingMessage)]
  /// @throws IllegalArgumentException not the name of a topic
  public Sent publish(String topic, OutgoingMessage message) {
    if (!TopicName.isValid(topic)) {
      throw new IllegalArgumentException("not a topic: " + topic);
    }
    return send(message.withTo(TopicName.PREFIX + topic));
  }

  /// Registers what is told of messages that will not come. To hear of all of them it must be
  /// registered before connecting.
  public AegisClient onGap(GapHandler handler) {
    handlers.onGap(handler);
    return this;
  }

  /// Sends a one-way message. Never blocks; the stages tell what became of it.
  ///
  /// @throws QueueFullException as much waits as the options allow
  /// @throws ConnectionClosedException the session has ended for good; so do all calls from now on
  /// @throws InvalidOperationException this client was closed
  public Sent send(OutgoingMessage message) {
    checkOpen();
    Item item = sender.item(Kind.EVENT, message, true);
    sender.send(item);
    return item.sent;
  }

  /// Sends a one-way message under an id that the application has chosen, and kept, before: one
  /// that it sends again after a crash, because it does not know how far the first try came, is the
  /// same message to the gateway, byte for byte. Exactly-once, it is then stored once within the
  /// gateway's dedupe window.
  ///
  /// @param id of version 7, such as [Uuid7] makes; its time is the message's timestamp
  /// @throws QueueFullException as [#send(OutgoingMessage)]
  /// @throws ConnectionClosedException as [#send(OutgoingMessage)]
  /// @throws InvalidOperationException as [#send(OutgoingMessage)]
  /// @throws IllegalArgumentException the id is not of version 7
  public Sent send(UUID id, OutgoingMessage message) {
    checkOpen();
    Item item = sender.item(Kind.EVENT, id, Uuid7.millis(id), message, true);
    sender.send(item);
    return item.sent;
  }

  /// Sends a request. Never blocks. A response that comes when the request has ended is ignored.
  ///
  /// A message without a `ttl` gets the total time of the options as its own, so that it is not
  /// delivered when nobody waits for the response any more.
  ///
  /// @throws QueueFullException as much waits, or as many responses are due, as the options allow
  /// @throws ConnectionClosedException the session has ended for good
  /// @throws InvalidOperationException this client was closed
  public PendingRequest ask(OutgoingMessage message, RequestOptions how) {
    checkOpen();
    return loop.requests().ask(message, how);
  }

  /// As [#ask], without progress: the response, which must come within the timeout.
  public CompletableFuture<IncomingMessage> request(OutgoingMessage message, Duration timeout) {
    return ask(message, RequestOptions.within(timeout)).response();
  }

  /// Asks many agents the same, each as [#ask] does, and gathers what they answer. The result comes
  /// when enough have answered, or when each of the others has failed or timed out: then it is what
  /// there is. It does not fail; cancelling it cancels what is open.
  ///
  /// @param message to whomever it is addressed, a copy goes to each of the agents
  /// @throws IllegalArgumentException fewer agents than answers that are needed
  /// @throws InvalidOperationException this client was closed
  public CompletableFuture<Gathered> askAll(
      Collection<String> agents, OutgoingMessage message, Gather gather, RequestOptions how) {
    checkOpen();
    return Gathering.of(agents, gather, agent -> loop.requests().ask(message.withTo(agent), how));
  }

  /// [#request(OutgoingMessage, Duration)] with the timeout of the options.
  public CompletableFuture<IncomingMessage> request(OutgoingMessage message) {
    return request(message, options.requestTimeout());
  }

  /// Completes, normally, with why there will be no more sessions: another session of this agent
  /// took over, its key was revoked, the client was closed, or the connection was lost and is not
  /// to be made again.
  public CompletableFuture<AegisException> ended() {
    return loop.ended().copy();
  }

  /// Ends the session, after what is under way has had up to the connect timeout: handlers that
  /// run, what waits to be sent, receipts, acknowledgements. What has no receipt by then fails with
  /// [ConnectionClosedException]. Waits for that, unless called on the client's own event loop.
  @Override
  public void close() {
    closed = true;
    loop.close(Thread.currentThread());
    if (!eventLoop.inEventLoop()) {
      awaitEnd();
    }
    EventLoopGroup own = ownGroup;
    if (own != null) {
      loop.ended().whenComplete((_, _) -> own.shutdownGracefully(0, 1, TimeUnit.SECONDS));
    }
  }

  private void awaitEnd() {
    Duration patience = options.connectTimeout().plus(CLOSE_MARGIN);
    try {
      loop.ended().get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      log.warn("the connection of {} does not close", options.agentId(), e);
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new InvalidOperationException("the client is closed");
    }
  }
}
