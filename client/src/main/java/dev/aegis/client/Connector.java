package dev.aegis.client;

import dev.aegis.protocol.ClientHandshake;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.SessionKeys;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps one connection: makes it, makes it again after a pause when it is lost, and decides when
/// that is of no more use. Confined to the event loop.
final class Connector implements LinkEvents {
  private static final Logger log = LoggerFactory.getLogger(Connector.class);

  /// A session that lasted this long starts the backoff anew.
  private static final long SOUND_SESSION_NANOS = 5_000_000_000L;

  /// Whom it connects for; called on the event loop.
  interface Owner {
    long mailboxEpoch();

    long mailboxCursor();

    void established(Channel channel, SessionKeys keys, Control.Welcome welcome);

    void envelope(Envelope envelope);

    void writable();

    void silent();

    /// The session has ended, and another one will be tried.
    void lost();

    /// There will be no more sessions.
    void over(AegisException why);
  }

  private final ClientOptions options;
  private final EventLoop loop;
  private final Backoff backoff;
  private final Gateways gateways;
  private final LongSupplier nanoTime;
  private final Owner owner;
  private @Nullable Channel channel;
  private boolean everEstablished;
  private boolean inSession;
  private boolean stopped;
  private long establishedNanos;
  private long goodbyeMillis;
  private volatile @Nullable LinkEnd lastEnd;

  Connector(
      ClientOptions options,
      EventLoop loop,
      Backoff backoff,
      Gateways gateways,
      LongSupplier nanoTime,
      Owner owner) {
    this.options = options;
    this.loop = loop;
    this.backoff = backoff;
    this.gateways = gateways;
    this.nanoTime = nanoTime;
    this.owner = owner;
  }

  void dial() {
    if (stopped) {
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
            owner.mailboxEpoch(),
            owner.mailboxCursor(),
            0);
    channel = Dialer.dial(gateways.current(), options, config, loop, this);
  }

  /// The gateway will close this session and wants to be left alone for so long.
  void goodbye(long afterMillis) {
    goodbyeMillis = Math.max(1, afterMillis);
  }

  /// Ends the session to have a new one.
  void renew() {
    close();
  }

  /// Ends the session for good, or gives up connecting.
  ///
  /// @return the channel that is closing, or null
  @Nullable Channel stop() {
    stopped = true;
    close();
    return channel;
  }

  private void close() {
    Channel open = channel;
    if (open != null) {
      open.pipeline().fireUserEventTriggered(new LinkEnd.Closed(CloseCode.NORMAL));
    }
  }

  /// What the last connection, or attempt, came to; for people to read. Any thread.
  String lastFailure() {
    return switch (lastEnd) {
      case null -> "nothing answered";
      case LinkEnd.Closed(CloseCode code) -> code.wire() + " " + code.text();
      case LinkEnd.Rejected(Throwable cause) -> String.valueOf(cause.getMessage());
      case LinkEnd.Untrusted() -> "the gateway is not the one that was pinned";
      case LinkEnd.Lost(Throwable cause) ->
          cause == null ? "the connection was lost" : cause.toString();
    };
  }

  @Override
  public void established(Channel made, SessionKeys keys, Control.Welcome welcome) {
    everEstablished = true;
    inSession = true;
    establishedNanos = nanoTime.getAsLong();
    owner.established(made, keys, welcome);
  }

  @Override
  public void envelope(Envelope envelope) {
    owner.envelope(envelope);
  }

  @Override
  public void silent() {
    owner.silent();
  }

  @Override
  public void writable() {
    owner.writable();
  }

  @Override
  public void ended(LinkEnd end) {
    lastEnd = end;
    if (inSession && nanoTime.getAsLong() - establishedNanos >= SOUND_SESSION_NANOS) {
      backoff.reset();
    }
    inSession = false;
    if (stopped) {
      return;
    }
    AegisException why = finalReason(end);
    if (why != null) {
      stopped = true;
      owner.over(why);
      return;
    }
    long pause = pauseMillis(end);
    if (!isSessionLimit(end)) {
      gateways.advance();
    }
    goodbyeMillis = 0;
    log.debug("connection ended ({}), next try in {} ms", lastFailure(), pause);
    owner.lost();
    loop.schedule(this::dial, pause, TimeUnit.MILLISECONDS);
  }

  /// The same gateway wants the agent back at once.
  private static boolean isSessionLimit(LinkEnd end) {
    return end instanceof LinkEnd.Closed(CloseCode code) && code == CloseCode.SESSION_LIMIT;
  }

  private long pauseMillis(LinkEnd end) {
    if (isSessionLimit(end)) {
      return 0;
    }
    return goodbyeMillis > 0
        ? goodbyeMillis + backoff.spread(goodbyeMillis) / 2
        : backoff.nextMillis();
  }

  /// Why another try is of no use, or not wanted; null where there will be one.
  ///
  /// A gateway that does not know this agent, or is a stranger, is final on the first connection
  /// only: later it may be a passing trouble, or somebody in between who must not be able to end
  /// the client.
  private @Nullable AegisException finalReason(LinkEnd end) {
    boolean retry = options.reconnect();
    return switch (end) {
      case LinkEnd.Closed(CloseCode code) -> {
        boolean hopeless =
            code == CloseCode.TAKEN_OVER
                || code == CloseCode.REVOKED
                || (code == CloseCode.HANDSHAKE_FAILED && !everEstablished);
        yield hopeless || !retry ? new ConnectionClosedException(code, null) : null;
      }
      case LinkEnd.Rejected(Throwable cause) ->
          everEstablished && retry
              ? null
              : new ConnectionClosedException(CloseCode.HANDSHAKE_FAILED, cause);
      case LinkEnd.Untrusted() -> {
        if (everEstablished) {
          log.warn("{} does not have the pinned gateway key", gateways.current());
        }
        yield everEstablished && retry
            ? null
            : new UntrustedGatewayException(gateways.current() + " does not have the pinned key");
      }
      case LinkEnd.Lost(Throwable cause) ->
          retry ? null : new NotConnectedException("no connection to " + gateways.current(), cause);
    };
  }
}
