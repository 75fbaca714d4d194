package dev.aegis.client;

import dev.aegis.protocol.ClientHandshake;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.ProtocolException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/// The first phase of a connection: once TLS stands, asks for the WebSocket, then makes way for
/// [FrameHandler] and [HandshakeHandler].
final class UpgradeHandler extends SimpleChannelInboundHandler<FullHttpResponse> {
  private final WebSocketClientHandshaker upgrade;
  private final ClientHandshake.Config config;
  private final ClientOptions options;
  private final String authority;
  private final int maxRecordBytes;

  UpgradeHandler(
      WebSocketClientHandshaker upgrade,
      ClientHandshake.Config config,
      ClientOptions options,
      String authority,
      int maxRecordBytes) {
    this.upgrade = upgrade;
    this.config = config;
    this.options = options;
    this.authority = authority;
    this.maxRecordBytes = maxRecordBytes;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent tls) {
      if (tls.isSuccess()) {
        upgrade.handshake(ctx.channel());
      } else {
        ctx.fireExceptionCaught(tls.cause());
      }
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response)
      throws ProtocolException {
    try {
      upgrade.finishHandshake(ctx.channel(), response);
    } catch (WebSocketClientHandshakeException e) {
      ctx.fireUserEventTriggered(
          mayPass(response.status()) ? new LinkEnd.Lost(e) : new LinkEnd.Rejected(e));
      return;
    }
    if (!Dialer.SUBPROTOCOL.equals(upgrade.actualSubprotocol())) {
      throw new ProtocolException(CloseCode.PROTOCOL_ERROR, "another subprotocol");
    }
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    ctx.pipeline()
        .addAfter(ctx.name(), "handshake", new HandshakeHandler(config, options, authority, tls))
        .addAfter(ctx.name(), "frames", new FrameHandler())
        .addAfter(ctx.name(), "aggregator", new WebSocketFrameAggregator(maxRecordBytes))
        .remove(this);
  }

  /// Whether another try may fare better: the gateway, or a proxy before it, has no room now.
  private static boolean mayPass(HttpResponseStatus status) {
    return status.code() >= 500 || status.equals(HttpResponseStatus.TOO_MANY_REQUESTS);
  }
}
