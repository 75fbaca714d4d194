package dev.aegis.client;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker13;
import io.netty.handler.codec.http.websocketx.WebSocketFrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import java.net.URI;

/// The upgrade to a WebSocket (RFC 6455) whose masking key is 0. Masks keep a script in a browser
/// from choosing the bytes that a proxy on the way sees; here these are ciphertext that nobody
/// chose, inside of TLS. Masking them would cost both sides a pass over every byte.
final class Upgrade extends WebSocketClientHandshaker13 {
  private static final int FORCED_CLOSE_MILLIS = 10_000;

  Upgrade(URI url, String subprotocol, HttpHeaders headers, int maxFrameBytes) {
    super(
        url,
        WebSocketVersion.V13,
        subprotocol,
        false,
        headers,
        maxFrameBytes,
        true,
        false,
        FORCED_CLOSE_MILLIS);
  }

  @Override
  protected WebSocketFrameEncoder newWebSocketEncoder() {
    return new WebSocket13FrameEncoder(() -> 0);
  }
}
