package dev.aegis.client;

import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Control.Welcome;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.SessionKeys;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one door into the state of a client that belongs to its event loop: what is on its way out,
/// what has arrived, and the session. Methods that may be called from any thread say so.
final class ClientLoop
    implements Connector.Owner, Deliveries.Client, Requests.Client, Subscriptions.Client {
  private static final Logger log = LoggerFactory.getLogger(ClientLoop.class);

  private final ClientOptions options;
  private final EventLoop loop;
  private final LongSupplier nanoTime;
  private final Outgoing outgoing;
  private final Handover<Item> submissions = new Handover<>(Uplink.FULL_FLIGHT_MESSAGES);
  private final Requests requests;
  private final Subscriptions subscriptions;
  private final Handlers handlers;
  private final Verdicts verdicts;
  private final Inbox inbox;
  private final SignsOfLife signs;
  private final RunningRequests running;
  private final KeepAlive keepAlive;
  private final Deliveries deliveries;
  private final Connector connector;
  private final CompletableFuture<Void> connected = new CompletableFuture<>();
  private final CompletableFuture<AegisException> ended = new CompletableFuture<>();
  private volatile @Nullable AegisException over;
  private @Nullable Uplink uplink;
  private boolean flushPending;
  private boolean closing;
  private int handlersNotWaitedFor;

  ClientLoop(
      ClientOptions options,
      EventLoop loop,
      Backoff backoff,
      Gateways gateways,
      LongSupplier nanoTime,
      Outgoing outgoing,
      Sender sender,
      ProcessedLog.Remembered remembered) {
    this.options = options;
    this.loop = loop;
    this.nanoTime = nanoTime;
    this.outgoing = outgoing;
    this.requests = new Requests(options, loop, nanoTime, sender, this);
    this.subscriptions = new Subscriptions(this);
    this.handlers = new Handlers(sender, subscriptions);
    this.verdicts = new Verdicts(outgoing, requests, subscriptions);
    this.inbox = new Inbox(remembered);
    Remembering remembering =
        new Remembering(
            options.processedLog(),
            loop,
            messages -> {
              messages.forEach(inbox::finished);
              scheduleFlush();
            });
    this.signs = new SignsOfLife(inbox, loop, nanoTime, options.signOfLife(), this::scheduleFlush);
    this.running = new RunningRequests(options.agentId(), this);
    this.deliveries =
        new Deliveries(this, inbox, handlers, requests, remembering, signs, running, nanoTime);
    this.keepAlive = new KeepAlive(loop, link -> uplink == link, this::flush);
    this.connector = new Connector(options, loop, backoff, gateways, nanoTime, this);
  }

  /// Starts to connect. Any thread.
  void start() {
    loop.execute(connector::dial);
  }

  /// Completes with the first session, or fails with why there will be none.
  CompletableFuture<Void> connected() {
    return connected;
  }

  /// Completes with why the client has ended for good.
  CompletableFuture<AegisException> ended() {
    return ended;
  }

  /// What the last connection came to; for people to read. Any thread.
  String lastFailure() {
    return connector.lastFailure();
  }

  /// Takes a message to send. Any thread.
  ///
  /// @throws AegisException the client has ended; why
  void submit(Item item) {
    AegisException why = over;
    if (why != null) {
      throw why;
    }
    if (submissions.add(item, item.durable)) {
      execute(() -> {
        takeSubmissions();
        scheduleFlush();
      });
    }
  }

  private void takeSubmissions() {
    submissions.drain(outgoing::add);
    AegisException meanwhile = over;
    if (meanwhile != null) {
      outgoing.failAll(meanwhile);
    }
  }

  /// The requests of this agent. Any thread.
  Requests requests() {
    return requests;
  }

  /// Subscribes to topics. Any thread.
  ///
  /// @throws AegisException the client has ended; why
  Subscription subscribe(String pattern, SubscribeOptions options, MessageHandler handler) {
    AegisException why = over;
    if (why != null) {
      throw why;
    }
    return subscriptions.subscribe(pattern, options, handler);
  }

  /// What handles messages. Any thread.
  Handlers handlers() {
    return handlers;
  }

  @Override
  public void later(Runnable task, long millis) {
    loop.schedule(task, millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void awaitingChanged() {
    deliveries.pace();
  }

  /// Lets things finish for a while, then ends the session: handlers that run, what waits to be
  /// written or accepted, acks. Handlers that have not begun do not. Any thread; does not wait.
  void close(Thread caller) {
    int notWaitedFor = deliveries.isHandler(caller) ? 1 : 0;
    execute(() -> {
      if (closing || over != null) {
        return;
      }
      closing = true;
      handlersNotWaitedFor = notWaitedFor;
      deliveries.stop();
      loop.schedule(this::end, options.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
      flush();
    });
  }

  @Override
  public void execute(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      log.debug("the client has ended", e);
    }
  }

  @Override
  public void scheduleFlush() {
    if (!flushPending) {
      flushPending = true;
      execute(this::flush); // behind whatever else is queued, so that it all goes into one flight
    }
  }

  private void flush() {
    flushPending = true; // no further one for what is taken here
    takeSubmissions();
    deliveries.takeEnded();
    deliveries.begin();
    flushPending = false;
    Uplink link = uplink;
    if (link != null) {
      if (link.flush(outgoing, inbox)) {
        submissions.loopComes();
      }
      if (link.comesBack()) {
        deliveries.loopComes();
      }
      deliveries.pace();
    }
    if (closing) {
      boolean acked = link == null || (!inbox.hasAcks() && deliveries.isIdle(handlersNotWaitedFor));
      if (outgoing.isSettled() && acked) {
        if (link != null) {
          link.signOff();
        }
        end();
      }
    }
  }

  /// The end of a client that was closed.
  private void end() {
    if (over != null) {
      return;
    }
    Channel channel = connector.stop();
    ConnectionClosedException why = new ConnectionClosedException(CloseCode.NORMAL, null);
    if (channel == null) {
      over(why);
    } else {
      settle(why);
      channel.closeFuture().addListener(_ -> ended.complete(why));
    }
  }

  @Override
  public void over(AegisException why) {
    settle(why);
    ended.complete(why);
  }

  private void settle(AegisException why) {
    over = why;
    uplink = null;
    deliveries.stop();
    signs.stop();
    connected.completeExceptionally(why);
    takeSubmissions(); // and fails them
    requests.failAll(why);
    subscriptions.failAll(why);
  }

  @Override
  public long mailboxEpoch() {
    return inbox.epoch();
  }

  @Override
  public long mailboxCursor() {
    return inbox.cursor();
  }

  @Override
  public void established(Channel channel, SessionKeys keys, Welcome welcome) {
    deliveries.opened(welcome.mailboxEpoch(), welcome.nextSequence());
    uplink = new Uplink(channel, keys, welcome, options.identity(), nanoTime, this::flush);
    deliveries.pace();
    subscriptions.established();
    connected.complete(null);
    flush();
  }

  @Override
  public void lost() {
    uplink = null;
    outgoing.sessionEnded();
    subscriptions.sessionEnded();
    deliveries.sessionEnded();
  }

  @Override
  public void silent() {
    Uplink link = uplink;
    if (link != null) {
      link.ask();
      scheduleFlush();
    }
  }

  @Override
  public void writable() {
    scheduleFlush();
  }

  @Override
  public void envelope(Envelope envelope) {
    Uplink link = uplink;
    if (link == null) {
      return;
    }
    switch (envelope) {
      case Control.Delivery delivery -> deliveries.delivered(delivery);
      case Control.Receipt receipt -> {
        receipt.ids().forEach(link::answered);
        verdicts.receipt(receipt);
      }
      case Control.Refusal refusal -> {
        if (refusal.messageId() != null) {
          link.answered(refusal.messageId());
        }
        verdicts.refused(refusal);
      }
      case Control.Credit credit -> link.credit(credit.messages(), credit.bytes());
      case Control.Confirm confirm -> deliveries.confirmed(confirm);
      case Control.Cancel cancel -> running.cancelled(cancel);
      case Control.Progressing progress -> requests.progressed(progress);
      case Control.Gap gap -> deliveries.gap(gap);
      case Control.Heartbeat beat -> {
        if (!beat.answer()) {
          link.answer(beat);
        }
      }
      case Control.Goodbye goodbye -> {
        log.debug("the gateway says goodbye: {}", goodbye.reason());
        link.drain();
        connector.goodbye(goodbye.reconnectAfterMillis());
      }
      case Control other -> log.debug("ignored {}", other.kind());
      case Message message -> log.debug("ignored a bare message {}", message.id());
    }
    scheduleFlush();
  }

  @Override
  public void control(Control envelope) {
    Uplink link = uplink;
    if (link != null) {
      link.control(envelope);
    }
  }

  @Override
  public void tell(Control envelope) {
    control(envelope);
    scheduleFlush();
  }

  @Override
  public void offer(Control envelope) {
    Uplink link = uplink;
    if (link != null && link.channel().isWritable()) {
      tell(envelope);
    }
  }

  @Override
  public boolean awaitsAnswers() {
    return !requests.isEmpty() || outgoing.awaitsReceipts() || subscriptions.isAwaiting();
  }

  @Override
  public void renewSession() {
    connector.renew();
  }

  @Override
  public void reading(boolean on) {
    Uplink link = uplink;
    if (link != null) {
      keepAlive.reading(link, on);
    }
  }
}
