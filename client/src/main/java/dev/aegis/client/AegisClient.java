package dev.aegis.client;

import dev.aegis.protocol.ClientHandshake;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.SessionKeys;
import dev.aegis.protocol.Uuid7;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An agent's connection to a gateway: sends and receives messages, keeps the connection,
/// acknowledges what its handlers have finished. All methods may be called from any thread; futures
/// complete on the client's event loop, so what is attached to them must not block.
public final class AegisClient implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AegisClient.class);

  /// Metadata of a response that tells why there is none.
  private static final String ERROR = "error";

  /// Messages being handled or waiting for it; beyond, the connection is not read until half are
  /// done.
  private static final int MAX_HANDLING = 4096;

  private final ClientOptions options;
  private final EventLoopGroup group;
  private final boolean ownsGroup;
  private final EventLoop loop;
  private final Uuid7 ids = new Uuid7(Clock.systemUTC(), new SecureRandom());
  private final Map<String, MessageHandler> handlers = new ConcurrentHashMap<>();
  private final Map<String, RequestHandler> requestHandlers = new ConcurrentHashMap<>();
  private final Map<UUID, CompletableFuture<IncomingMessage>> requests = new ConcurrentHashMap<>();
  private final SerialHandlers serial = new SerialHandlers();
  private final AtomicInteger queued = new AtomicInteger();
  private final CompletableFuture<AegisClient> connected = new CompletableFuture<>();
  private volatile boolean closed;

  // confined to the loop
  private final SendQueue queue = new SendQueue();
  private final Inbox inbox = new Inbox();
  private @Nullable Uplink uplink;
  private int failures;
  private int handling;
  private boolean flushPending;

  private AegisClient(ClientOptions options) {
    this.options = options;
    EventLoopGroup shared = options.loops();
    this.ownsGroup = shared == null;
    this.group =
        shared != null
            ? shared
            : new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("aegis-client", true), NioIoHandler.newFactory());
    this.loop = group.next();
  }

  /// Connects and waits for the session.
  ///
  /// @throws NotConnectedException no session within the connect timeout; the message says what the
  ///   last try met
  public static AegisClient connect(ClientOptions options) {
    return connect(options, _ -> {});
  }

  /// As [#connect(ClientOptions)], but registers handlers first, so that what waits in the mailbox
  /// meets them.
  public static AegisClient connect(ClientOptions options, Consumer<AegisClient> handlers) {
    AegisClient client = new AegisClient(options);
    handlers.accept(client);
    client.loop.execute(client::dial);
    try {
      return client.connected.get(options.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      client.close();
      throw e.getCause() instanceof AegisException known
          ? known
          : new NotConnectedException("cannot connect to " + options.url() + ": " + e.getCause());
    } catch (TimeoutException e) {
      client.close();
      throw new NotConnectedException(
          "no session with " + options.url() + " within " + options.connectTimeout());
    } catch (InterruptedException e) {
      client.close();
      Thread.currentThread().interrupt();
      throw new NotConnectedException("interrupted while connecting");
    }
  }

  public String agentId() {
    return options.agentId();
  }

  /// Registers the handler for messages of a type; `*` takes the types that have none.
  public AegisClient on(String type, MessageHandler handler) {
    handlers.put(type, handler);
    return this;
  }

  /// Registers what answers requests of a type; `*` takes the types that have none.
  public AegisClient onRequest(String type, RequestHandler handler) {
    requestHandlers.put(type, handler);
    return this;
  }

  /// Sends a one-way message. Returns at once; the stages tell what became of it.
  ///
  /// @throws QueueFullException as many messages wait as the options allow
  public Sent send(OutgoingMessage message) {
    return enqueue(encode(Kind.EVENT, message, true));
  }

  /// Sends a request and waits for its response without blocking. Fails with
  /// [RequestTimeoutException], [HandlerFailedException] or [RefusedException].
  public CompletableFuture<IncomingMessage> request(OutgoingMessage message, Duration timeout) {
    Message request = encode(Kind.REQUEST, message, false);
    CompletableFuture<IncomingMessage> response = new CompletableFuture<>();
    requests.put(request.id(), response);
    response.whenComplete((_, _) -> requests.remove(request.id()));
    Sent sent;
    try {
      sent = enqueue(request);
    } catch (AegisException e) {
      requests.remove(request.id());
      throw e;
    }
    sent.processed()
        .whenComplete((_, why) -> {
          if (why != null) {
            response.completeExceptionally(why);
          }
        });
    var timer =
        loop.schedule(
            () ->
                response.completeExceptionally(
                    new RequestTimeoutException("no response within " + timeout)),
            timeout.toMillis(),
            TimeUnit.MILLISECONDS);
    response.whenComplete((_, _) -> timer.cancel(false));
    return response;
  }

  /// [#request(OutgoingMessage, Duration)] with the timeout of the options.
  public CompletableFuture<IncomingMessage> request(OutgoingMessage message) {
    return request(message, options.requestTimeout());
  }

  /// Sends what waits for up to the connect timeout, then ends the session. What has no receipt by
  /// then fails.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.execute(() -> finish(done, System.nanoTime() + options.connectTimeout().toNanos()));
    try {
      done.get(options.connectTimeout().toMillis() + 1_000, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      log.debug("closed without having sent everything", e);
    }
    if (ownsGroup) {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  private void finish(CompletableFuture<Void> done, long deadlineNanos) {
    Uplink link = uplink;
    if (link != null && !queue.isEmpty() && System.nanoTime() < deadlineNanos) {
      flush();
      loop.schedule(() -> finish(done, deadlineNanos), 5, TimeUnit.MILLISECONDS);
      return;
    }
    flush();
    failAll(new ConnectionClosedException(CloseCode.NORMAL));
    if (link != null) {
      link.channel()
          .writeAndFlush(new CloseWebSocketFrame(CloseCode.NORMAL.wire(), CloseCode.NORMAL.text()))
          .addListener(_ -> link.channel().close())
          .addListener(_ -> done.complete(null));
    } else {
      done.complete(null);
    }
  }

  private Message encode(Kind kind, OutgoingMessage m, boolean receipts) {
    int flags =
        m.guarantee().isDurable()
            ? Message.RECEIPT_STORED
                | (receipts ? Message.RECEIPT_DELIVERED | Message.RECEIPT_PROCESSED : 0)
            : 0;
    return Message.builder(kind, ids.next(), options.agentId(), m.to(), m.type())
        .priority(m.priority())
        .guarantee(m.guarantee())
        .ttlMillis(m.ttl().toMillis())
        .flags(flags)
        .hops(m.hops())
        .channel(m.channel())
        .conversation(m.conversation())
        .correlation(m.correlation())
        .timestampMillis(System.currentTimeMillis())
        .contentType(m.contentType())
        .metadata(m.metadata())
        .payload(m.payload())
        .build();
  }

  private Sent enqueue(Message message) {
    if (closed) {
      throw new InvalidOperationException("the client is closed");
    }
    if (queued.incrementAndGet() > options.maxQueuedMessages()) {
      queued.decrementAndGet();
      throw new QueueFullException(
          options.maxQueuedMessages() + " messages are waiting to be sent");
    }
    Sent sent = Sent.of(message.id());
    SendQueue.Item item = new SendQueue.Item(message, sent);
    sent.accepted().whenComplete((_, _) -> queued.decrementAndGet());
    loop.execute(() -> {
      queue.add(item);
      scheduleFlush();
    });
    return sent;
  }

  private void scheduleFlush() {
    if (!flushPending) {
      flushPending = true;
      loop.execute( // behind whatever else is queued, so that it all goes into one flight
          () -> {
            flushPending = false;
            flush();
          });
    }
  }

  private void flush() {
    Uplink link = uplink;
    if (link != null) {
      link.flush(queue, inbox);
    }
  }

  private void dial() {
    if (closed) {
      return;
    }
    ClientHandshake.Config config =
        new ClientHandshake.Config(
            Identity.primitives(),
            options.identity(),
            options.agentId(),
            options.gatewayKey(),
            options.suites(),
            options.joinToken(),
            inbox.epoch(),
            0,
            0);
    Dialer.dial(options, config, loop, new LinkEvents());
  }

  private void failAll(AegisException why) {
    queue.failAll(why);
    requests.values().forEach(response -> response.completeExceptionally(why));
  }

  private void received(Envelope envelope) {
    switch (envelope) {
      case Control.Delivery delivery -> delivered(delivery);
      case Control.Receipt receipt -> receipt.ids().forEach(id -> receipt(receipt, id));
      case Control.Refusal refusal -> refused(refusal);
      case Control.Credit credit -> {
        Uplink link = uplink;
        if (link != null) {
          link.credit(credit.messages(), credit.bytes());
        }
        scheduleFlush();
      }
      case Control.Confirm confirm -> {
        if (confirm.mailboxEpoch() == inbox.epoch()) {
          inbox.confirmed(confirm.sequences());
        }
      }
      case Control.Heartbeat beat -> {
        Uplink link = uplink;
        if (link != null && !beat.answer()) {
          link.control(new Control.Heartbeat(beat.number(), true));
          scheduleFlush();
        }
      }
      case Control.Goodbye goodbye -> log.debug("gateway says goodbye: {}", goodbye.reason());
      case Control other -> log.debug("ignored {}", other.kind());
      case Message message -> log.debug("ignored a bare message {}", message.id());
    }
  }

  private void receipt(Control.Receipt receipt, UUID id) {
    SendQueue.Item item = queue.find(id);
    if (item == null) {
      return;
    }
    Sent sent = item.sent;
    boolean last = false;
    switch (receipt.stage()) {
      case STORED -> {
        sent.accepted().complete(null);
        last =
            !item.message.wants(Message.RECEIPT_PROCESSED) && item.message.kind() != Kind.REQUEST;
      }
      case DELIVERED -> {
        sent.accepted().complete(null);
        sent.delivered().complete(null);
      }
      case PROCESSED -> {
        sent.accepted().complete(null);
        sent.delivered().complete(null);
        sent.processed().complete(null);
        last = true;
      }
      case FAILED, EXPIRED, DEAD -> {
        ErrorCode code = ErrorCode.fromWire(receipt.code()).orElse(ErrorCode.HANDLER_FAILED);
        sent.fail(new RefusedException(code, "the message ended as " + receipt.stage(), 0));
        last = true;
      }
    }
    if (last) {
      queue.settle(id);
    }
  }

  private void refused(Control.Refusal refusal) {
    ErrorCode code = ErrorCode.fromWire(refusal.code()).orElse(ErrorCode.INVALID_FIELD);
    UUID id = refusal.messageId();
    RefusedException why = new RefusedException(code, refusal.reason(), refusal.retryAfterMillis());
    SendQueue.Item item = id == null ? null : queue.settle(id);
    if (item != null) {
      item.sent.fail(why);
    } else {
      CompletableFuture<IncomingMessage> response = id == null ? null : requests.get(id);
      if (response != null) {
        response.completeExceptionally(why);
      } else {
        log.debug("refused: {}", why.getMessage());
      }
    }
  }

  private void delivered(Control.Delivery delivery) {
    Envelope envelope;
    try {
      envelope = EnvelopeCodec.decode(delivery.envelope(), 0, delivery.envelope().length);
    } catch (EnvelopeException e) {
      log.debug("ignored a delivery that is not a message: {}", e.reason());
      return;
    }
    if (!(envelope instanceof Message message)) {
      return;
    }
    long sequence = delivery.sequence();
    if (sequence > 0) {
      if (delivery.mailboxEpoch() != inbox.epoch()) {
        inbox.opened(delivery.mailboxEpoch()); // the mailbox was made after this session began
      }
      Inbox.Arrival arrival = inbox.arrived(sequence, message.wants(Message.RECEIPT_DELIVERED));
      scheduleFlush();
      if (arrival != Inbox.Arrival.NEW) {
        return;
      }
    }
    IncomingMessage incoming =
        new IncomingMessage(message, delivery.attempt(), delivery.acceptedAtMillis());
    UUID correlation = message.correlation();
    CompletableFuture<IncomingMessage> response =
        message.kind() == Kind.RESPONSE && correlation != null ? requests.get(correlation) : null;
    if (response != null && correlation != null) {
      answered(response, incoming);
      queue.settle(correlation);
      settled(sequence, null);
      return;
    }
    handling++;
    pace();
    long epoch = inbox.epoch();
    serial.submit(
        message.from() + '/' + message.priority(),
        () -> {
          ErrorCode failure = handle(incoming);
          loop.execute(() -> {
            handling--;
            pace();
            if (epoch == inbox.epoch()) {
              settled(sequence, failure);
            }
          });
        });
  }

  private static void answered(
      CompletableFuture<IncomingMessage> response, IncomingMessage incoming) {
    String error = incoming.message().metadata().get(ERROR);
    if (error == null) {
      response.complete(incoming);
    } else {
      ErrorCode code =
          error.equals(ErrorCode.NO_HANDLER.label())
              ? ErrorCode.NO_HANDLER
              : ErrorCode.HANDLER_FAILED;
      response.completeExceptionally(
          new HandlerFailedException(code, incoming.from() + " answered: " + error));
    }
  }

  /// On a handler's thread. Null when the message is done, else why it is not.
  private @Nullable ErrorCode handle(IncomingMessage incoming) {
    Message message = incoming.message();
    try {
      if (message.kind() == Kind.REQUEST) {
        RequestHandler handler =
            requestHandlers.getOrDefault(message.type(), requestHandlers.get("*"));
        if (handler == null) {
          respond(message, new byte[0], Map.of(ERROR, ErrorCode.NO_HANDLER.label()));
        } else {
          respond(message, handler.handle(incoming), Map.of());
        }
        return null;
      }
      MessageHandler handler = handlers.getOrDefault(message.type(), handlers.get("*"));
      if (handler == null) {
        return ErrorCode.NO_HANDLER;
      }
      handler.handle(incoming);
      return null;
    } catch (Exception e) { // an application's handler may throw anything; the client lives on
      log.warn("handler for type {} failed", message.type(), e);
      if (message.kind() == Kind.REQUEST) {
        respond(message, new byte[0], Map.of(ERROR, ErrorCode.HANDLER_FAILED.label()));
        return null;
      }
      return ErrorCode.HANDLER_FAILED;
    }
  }

  private void respond(Message request, byte[] payload, Map<String, String> metadata) {
    try {
      enqueue(
          encode(
              Kind.RESPONSE,
              OutgoingMessage.of(request.from(), request.type(), payload)
                  .withPriority(request.priority())
                  .withGuarantee(request.guarantee())
                  .withChannel(request.channel())
                  .withConversation(request.conversation())
                  .withCorrelation(request.id())
                  .withMetadata(metadata)
                  .withHops(request.hops() + 1),
              false));
    } catch (AegisException e) {
      log.warn("response to {} was not sent: {}", request.from(), e.getMessage());
    }
  }

  private void settled(long sequence, @Nullable ErrorCode failure) {
    if (sequence == 0) {
      return;
    }
    if (failure == null) {
      inbox.finished(inbox.epoch(), sequence);
    } else {
      inbox.failed(sequence);
      Uplink link = uplink;
      if (link != null) {
        link.control(new Control.Nack(inbox.epoch(), sequence, failure.wire(), failure.label(), 0));
      }
    }
    scheduleFlush();
  }

  private void pace() {
    Uplink link = uplink;
    if (link == null) {
      return;
    }
    if (handling >= MAX_HANDLING) {
      link.channel().config().setAutoRead(false);
    } else if (handling <= MAX_HANDLING / 2) {
      link.channel().config().setAutoRead(true);
    }
  }

  private final class LinkEvents implements Link.Events {
    @Override
    public void established(Channel channel, SessionKeys keys, Control.Welcome welcome) {
      failures = 0;
      inbox.opened(welcome.mailboxEpoch());
      uplink = new Uplink(channel, keys, welcome, options.identity());
      connected.complete(AegisClient.this);
      flush();
    }

    @Override
    public void envelope(Envelope envelope) {
      received(envelope);
    }

    @Override
    public void writable() {
      scheduleFlush();
    }

    @Override
    public void ended(CloseCode code, @Nullable Throwable cause) {
      uplink = null;
      queue.rewind();
      boolean once = !connected.isDone() && code == CloseCode.HANDSHAKE_FAILED;
      if (closed || once || !options.reconnect() || !code.reconnect()) {
        ConnectionClosedException why = new ConnectionClosedException(code);
        if (cause != null) {
          why.initCause(cause);
        }
        connected.completeExceptionally(why);
        failAll(why);
        return;
      }
      long max = options.maxBackoff().toMillis();
      long backoff = Math.min(max, options.minBackoff().toMillis() << Math.min(failures++, 16));
      long jittered = backoff / 2 + ThreadLocalRandom.current().nextLong(backoff / 2 + 1);
      log.debug("connection ended ({}), next try in {} ms", code, jittered, cause);
      loop.schedule(AegisClient.this::dial, jittered, TimeUnit.MILLISECONDS);
    }
  }
}
