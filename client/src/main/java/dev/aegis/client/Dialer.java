package dev.aegis.client;

import dev.aegis.protocol.ClientHandshake;
import dev.aegis.protocol.Limits;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Opens one TCP connection and builds its pipeline: TLS 1.3, the upgrade, and the tail that tells
/// of it.
final class Dialer {
  static final String SUBPROTOCOL = "aegis.v1.msgpack";

  /// In the order of browsers and Go. The JDK would begin with AES-256, which has four more rounds;
  /// the records inside have keys of 256 bits either way.
  private static final List<String> TLS_SUITES =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private static final int DEFAULT_PORT = 443;
  private static final int MAX_UPGRADE_BODY_BYTES = 8 * 1024;

  /// The gateway's limit may be set higher than the default, this much.
  private static final int MAX_RECORD_BYTES = Limits.defaults().maxRecordBytes() * 2;

  private Dialer() {}

  /// @param url one of the options' gateways
  /// @return the channel, not connected yet; null where it came to nothing at once, which is told
  static @Nullable Channel dial(
      URI url,
      ClientOptions options,
      ClientHandshake.Config config,
      EventLoop loop,
      LinkEvents events) {
    SslContext tls;
    try {
      tls = tls(options.certificates());
    } catch (SSLException | IllegalArgumentException e) {
      events.ended(new LinkEnd.Rejected(e));
      return null;
    }
    int port = url.getPort() == -1 ? DEFAULT_PORT : url.getPort();
    String authority = url.getHost() + (port == DEFAULT_PORT ? "" : ":" + port);
    HttpHeaders headers =
        new DefaultHttpHeaders()
            .set(HttpHeaderNames.HOST, authority)
            .set("X-Agent-ID", options.agentId())
            .set("X-Agent-Public-Key", options.identity().verifyingKey().toString())
            .set(HttpHeaderNames.USER_AGENT, "Aegis-Agent/1.0");
    Upgrade upgrade = new Upgrade(url, SUBPROTOCOL, headers, MAX_RECORD_BYTES);
    LinkTail tail = new LinkTail(events, options.connectTimeout());
    var connecting =
        new Bootstrap()
            .group(loop)
            .channel(EventLoops.channelType(loop))
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) Math.min(Integer.MAX_VALUE, options.connectTimeout().toMillis()))
            .option(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(64 * 1024, 256 * 1024))
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    SslHandler ssl = tls.newHandler(channel.alloc(), url.getHost(), port);
                    ssl.setHandshakeTimeoutMillis(options.connectTimeout().toMillis());
                    channel
                        .pipeline()
                        .addLast("tls", ssl)
                        .addLast("http", new HttpClientCodec())
                        .addLast("body", new HttpObjectAggregator(MAX_UPGRADE_BODY_BYTES))
                        .addLast(
                            "upgrade",
                            new UpgradeHandler(
                                upgrade, config, options, authority, MAX_RECORD_BYTES))
                        .addLast("tail", tail);
                  }
                })
            .connect(url.getHost(), port);
    connecting.addListener(done -> {
      if (!done.isSuccess()) {
        tail.unconnected(done.cause());
      }
    });
    return connecting.channel();
  }

  private static SslContext tls(@Nullable Path certificates) throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .protocols("TLSv1.3")
            .ciphers(TLS_SUITES, SupportedCipherSuiteFilter.INSTANCE);
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
