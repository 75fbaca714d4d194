package dev.aegis.bench.peers.wire;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.URI;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Where links go.
///
/// @param subprotocol of the WebSocket, null where the server names none
/// @param tls shared by all links
public record LinkTarget(URI url, @Nullable String subprotocol, SslContext tls) {
  /// In the order of Aegis' agents, for servers that follow it. NATS has an order of its own, which
  /// begins with the same.
  private static final List<String> TLS_SUITES =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  /// A port of this machine, with the TLS engine and version that agents of Aegis use. The
  /// certificate, made for the run, is not checked.
  public static LinkTarget local(int port, String path, @Nullable String subprotocol)
      throws SSLException {
    return new LinkTarget(
        URI.create("wss://127.0.0.1:" + port + path),
        subprotocol,
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .protocols("TLSv1.3")
            .ciphers(TLS_SUITES)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build());
  }
}
