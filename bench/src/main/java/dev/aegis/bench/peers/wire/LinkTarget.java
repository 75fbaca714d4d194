package dev.aegis.bench.peers.wire;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.URI;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Where links go.
///
/// @param subprotocol of the WebSocket, null where the server names none
/// @param tls shared by all links
public record LinkTarget(URI url, @Nullable String subprotocol, SslContext tls) {
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
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build());
  }
}
