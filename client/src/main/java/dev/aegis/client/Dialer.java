package dev.aegis.client;

import dev.aegis.protocol.ClientHandshake;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Limits;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/// Opens one TCP connection and builds its pipeline: TLS 1.3, the upgrade, then a [Link].
final class Dialer {
  private static final String SUBPROTOCOL = "aegis.v1.msgpack";
  private static final int DEFAULT_PORT = 443;

  /// Three of the gateway's default heartbeat intervals.
  private static final int SILENCE_SECONDS = 95;

  private Dialer() {}

  static void dial(
      ClientOptions options, ClientHandshake.Config config, EventLoop loop, Link.Events events) {
    SslContext tls;
    try {
      tls = tls(options.certificates());
    } catch (SSLException e) {
      events.ended(CloseCode.HANDSHAKE_FAILED, e);
      return;
    }
    URI url = options.url();
    int port = url.getPort() == -1 ? DEFAULT_PORT : url.getPort();
    String authority = url.getHost() + (port == DEFAULT_PORT ? "" : ":" + port);
    int maxRecord = Limits.defaults().maxRecordBytes() * 2; // the gateway's limit may be set higher
    HttpHeaders headers =
        new DefaultHttpHeaders()
            .set(HttpHeaderNames.HOST, authority)
            .set("X-Agent-ID", options.agentId())
            .set("X-Agent-Public-Key", options.identity().verifyingKey().toString())
            .set(HttpHeaderNames.USER_AGENT, "Aegis-Agent/1.0");
    new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(
            ChannelOption.CONNECT_TIMEOUT_MILLIS,
            Math.toIntExact(options.connectTimeout().toMillis()))
        .option(
            ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(64 * 1024, 256 * 1024))
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                WebSocketClientHandshaker upgrade =
                    WebSocketClientHandshakerFactory.newHandshaker(
                        url, WebSocketVersion.V13, SUBPROTOCOL, false, headers, maxRecord);
                SslHandler ssl = tls.newHandler(channel.alloc(), url.getHost(), port);
                ssl.setHandshakeTimeoutMillis(options.connectTimeout().toMillis());
                channel
                    .pipeline()
                    .addLast("tls", ssl)
                    .addLast("http", new HttpClientCodec())
                    .addLast("body", new HttpObjectAggregator(8 * 1024))
                    .addLast("aggregator", new WebSocketFrameAggregator(maxRecord))
                    .addLast("idle", new IdleStateHandler(SILENCE_SECONDS, 0, 0, TimeUnit.SECONDS))
                    .addLast(
                        "link", new Link(upgrade, config, options, SUBPROTOCOL, authority, events));
              }
            })
        .connect(url.getHost(), port)
        .addListener(done -> {
          if (!done.isSuccess()) {
            events.ended(CloseCode.GOING_AWAY, done.cause());
          }
        });
  }

  private static SslContext tls(@org.jspecify.annotations.Nullable Path certificates)
      throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forClient().sslProvider(SslProvider.JDK).protocols("TLSv1.3");
    if (certificates == null) {
      builder
          .trustManager(InsecureTrustManagerFactory.INSTANCE) // the pinned gateway key decides
          .endpointIdentificationAlgorithm(null);
    } else {
      builder.trustManager(certificates.toFile());
    }
    return builder.build();
  }
}
