package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.crypto.DevCertificate;
import dev.aegis.crypto.SigningKey;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.ServerHandshake;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// The gateway's end of the protocol over loopback TLS, which does nothing but what a test tells
/// it: it shakes hands, and a test takes each [ScriptedSession] and drives it envelope by envelope.
final class ScriptedGateway implements AutoCloseable {
  static final int PATIENCE_SECONDS = 20;

  private static final SecureRandom RANDOM = new SecureRandom();
  private final SigningKey identity = Identity.generate(RANDOM);
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final BlockingQueue<ScriptedSession> sessions = new LinkedBlockingQueue<>();
  private final BlockingQueue<ScriptedSession> upgrades = new LinkedBlockingQueue<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Channel listener;
  private volatile boolean answering = true;

  ScriptedGateway() {
    SslContext tls = tls();
    ServerHandshake.Config config =
        new ServerHandshake.Config(
            Identity.primitives(),
            identity,
            UUID.randomUUID(),
            true,
            Limits.defaults().maxRecordBytes());
    this.listener =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    connections.incrementAndGet();
                    channel
                        .pipeline()
                        .addLast(tls.newHandler(channel.alloc()))
                        .addLast(new HttpServerCodec())
                        .addLast(new HttpObjectAggregator(8 * 1024))
                        .addLast(
                            new WebSocketServerProtocolHandler(
                                WebSocketServerProtocolConfig.newBuilder()
                                    .websocketPath(url().getPath())
                                    .subprotocols(Dialer.SUBPROTOCOL)
                                    .maxFramePayloadLength(4 << 20)
                                    .handleCloseFrames(false)
                                    .dropPongFrames(false)
                                    .build()))
                        .addLast(
                            new ScriptedSession(
                                config, RANDOM, answering, upgrades::add, sessions::add));
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  private static SslContext tls() {
    try {
      DevCertificate certificate =
          DevCertificate.create(
              List.of("localhost"),
              List.of(),
              Instant.now().minusSeconds(60),
              Duration.ofDays(1),
              RANDOM);
      return SslContextBuilder.forServer(certificate.privateKey(), certificate.certificate())
          .protocols("TLSv1.3")
          .build();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  URI url() {
    int port = listener == null ? 0 : ((InetSocketAddress) listener.localAddress()).getPort();
    return URI.create("wss://localhost:" + port + "/ws/agent");
  }

  /// From here on new connections get no answer to M1.
  void fallSilent() {
    answering = false;
  }

  /// Options of an agent with a key of its own, in a hurry to connect again.
  ClientOptions options(String agentId) {
    return options(agentId, Identity.generate(RANDOM));
  }

  ClientOptions options(String agentId, SigningKey key) {
    return ClientOptions.of(url(), agentId, key, identity.verifyingKey())
        .withBackoff(Duration.ofMillis(1), Duration.ofMillis(20))
        .withTimeouts(Duration.ofSeconds(PATIENCE_SECONDS), Duration.ofSeconds(PATIENCE_SECONDS));
  }

  /// TCP connections made so far.
  int connections() {
    return connections.get();
  }

  /// The next session that has proven who it is; it awaits its welcome.
  ScriptedSession next() throws InterruptedException {
    return taken(sessions);
  }

  /// The next connection that was upgraded, whatever came of it.
  ScriptedSession nextUpgrade() throws InterruptedException {
    return taken(upgrades);
  }

  /// The next session, welcomed.
  ScriptedSession welcomed() throws InterruptedException {
    return next().welcome(new Greeting());
  }

  /// A client and the session it has got.
  record Pair(AegisClient client, ScriptedSession session) implements AutoCloseable {
    @Override
    public void close() {
      client.close();
    }
  }

  Pair connect(ClientOptions options) throws Exception {
    return connect(options, new Greeting(), _ -> {});
  }

  Pair connect(ClientOptions options, Greeting greeting) throws Exception {
    return connect(options, greeting, _ -> {});
  }

  Pair connect(ClientOptions options, Consumer<AegisClient> handlers) throws Exception {
    return connect(options, new Greeting(), handlers);
  }

  Pair connect(ClientOptions options, Greeting greeting, Consumer<AegisClient> handlers)
      throws Exception {
    CompletableFuture<AegisClient> connecting = connecting(options, handlers);
    ScriptedSession session = next().welcome(greeting);
    return new Pair(connecting.get(PATIENCE_SECONDS, TimeUnit.SECONDS), session);
  }

  /// Connects on a thread of its own.
  static CompletableFuture<AegisClient> connecting(
      ClientOptions options, Consumer<AegisClient> handlers) {
    return CompletableFuture.supplyAsync(
        () -> AegisClient.connect(options, handlers), task -> Thread.ofVirtual().start(task));
  }

  private static ScriptedSession taken(BlockingQueue<ScriptedSession> queue)
      throws InterruptedException {
    ScriptedSession session = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(session).as("a session").isNotNull();
    return session;
  }

  @Override
  public void close() {
    if (group.isShuttingDown()) {
      return;
    }
    listener.close().syncUninterruptibly();
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
