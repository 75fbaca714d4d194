package dev.aegis.gateway.net;

import dev.aegis.gateway.session.AgentDirectory;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SessionListener;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control.Goodbye;
import dev.aegis.protocol.ServerHandshake;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The TLS port: listens, builds the pipeline of every connection, and drains them at the end.
public final class GatewayServer implements AutoCloseable {
  private static final int MAX_REQUEST_LINE_BYTES = 4 * 1024;
  private static final int MAX_HEADER_BYTES = 8 * 1024;
  private static final int HANDSHAKE_QUEUE = 1024;
  private static final Duration CERTIFICATE_POLL = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(GatewayServer.class);

  private final Edge edge;
  private final SocketHandler socket;
  private final EventLoopGroup group;
  private final ThreadPoolExecutor handshakePool;
  private final Channel listener;
  private final AtomicInteger connections = new AtomicInteger();

  /// Binds the port.
  ///
  /// @throws IOException the address is taken or not ours
  public static GatewayServer start(
      NetSettings settings,
      TlsContext tls,
      ServerHandshake.Config handshake,
      AgentDirectory directory,
      Sessions sessions,
      SessionListener listener,
      HttpApi api,
      NetCounters counters,
      SecureRandom random,
      InstantSource clock)
      throws IOException {
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(HANDSHAKE_QUEUE),
            Thread.ofPlatform().name("aegis-handshake-", 0).daemon(true).factory());
    Edge edge =
        new Edge(
            settings,
            tls,
            handshake,
            directory,
            sessions,
            listener,
            pool,
            random,
            clock,
            new FailureRates(),
            counters,
            api);
    return new GatewayServer(edge, pool, Transport.best());
  }

  private GatewayServer(Edge edge, ThreadPoolExecutor handshakePool, Transport transport)
      throws IOException {
    this.edge = edge;
    this.socket = new SocketHandler(edge.counters());
    this.handshakePool = handshakePool;
    this.group = transport.group(edge.settings().eventLoops(), "aegis-loop");
    var bound =
        new ServerBootstrap()
            .group(group)
            .channel(transport.serverChannel())
            .option(ChannelOption.SO_BACKLOG, 4096)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(64 * 1024, 256 * 1024))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    init(channel);
                  }
                })
            .bind(edge.settings().listen())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      handshakePool.shutdownNow();
      throw new IOException(
          "cannot listen on " + edge.settings().listen() + ": " + bound.cause().getMessage(),
          bound.cause());
    }
    this.listener = bound.channel();
    long poll = CERTIFICATE_POLL.toMillis();
    group.scheduleWithFixedDelay(this::pollCertificate, poll, poll, TimeUnit.MILLISECONDS);
  }

  /// Where it listens, with the port that was chosen.
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  public int connections() {
    return connections.get();
  }

  /// Reads files, so not on a loop.
  private void pollCertificate() {
    try {
      handshakePool.execute(edge.tls()::reloadIfChanged);
    } catch (RejectedExecutionException e) {
      log.debug("handshakes come first; the certificate is looked at again later", e);
    }
  }

  /// No new connections and sessions; tells every agent to come back later and, when `time` is up,
  /// closes those that are still there.
  public void drain(Duration time) throws InterruptedException {
    listener.close().awaitUninterruptibly();
    edge.sessions().drain();
    List<Session> open = List.copyOf(edge.sessions().all());
    for (Session session : open) {
      session
          .loop()
          .execute(() -> {
            session.control(
                new Goodbye(CloseCode.GOING_AWAY.wire(), 1_000, CloseCode.GOING_AWAY.text()));
            session.outbox().flush();
          });
    }
    long deadline = System.nanoTime() + time.toNanos();
    for (Session session : open) {
      session.closed().await(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
    edge.sessions().all().forEach(session -> session.close(CloseCode.GOING_AWAY));
  }

  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    edge.sessions().all().forEach(session -> session.close(CloseCode.GOING_AWAY));
    group.shutdownGracefully(50, 5_000, TimeUnit.MILLISECONDS).awaitUninterruptibly(6_000);
    handshakePool.shutdownNow();
  }

  /// The upgrade phase; [RouteHandler] and [HandshakeHandler] make the next two of it.
  private void init(SocketChannel channel) {
    edge.counters().connections.increment();
    channel.closeFuture().addListener(_ -> connections.decrementAndGet());
    if (connections.incrementAndGet() > edge.settings().maxConnections()) {
      edge.counters().connectionsRefused.increment();
      channel.close(); // before any memory or cryptography is spent on it
      return;
    }
    TlsContext.Connection tls = edge.tls().connect(channel.alloc());
    channel
        .pipeline()
        .addLast(HandlerNames.SOCKET, socket) // counts
        .addLast(HandlerNames.TLS, tls.handler()) // outer encryption
        .addLast( // requests with bounded lines and headers
            HandlerNames.HTTP,
            new HttpServerCodec(MAX_REQUEST_LINE_BYTES, MAX_HEADER_BYTES, 8 * 1024))
        .addLast( // a request takes its time, but not for ever
            HandlerNames.DEADLINE, new DeadlineHandler(edge.settings().handshakeTimeout()))
        .addLast(HandlerNames.ROUTE, new RouteHandler(edge, tls.certificate())) // agent or REST
        .addLast(HandlerNames.BODY, new BodyHandler(edge.api().maxBodyBytes())) // REST only
        .addLast(HandlerNames.API, edge.api().newHandler()) // REST only
        .addLast( // the one that closes
            HandlerNames.FAILURE,
            new FailureHandler(edge.counters(), edge.settings().failureDelay().toMillis()));
  }
}
