package dev.aegis.client;

import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.ProtocolException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;

/// WebSocket frames: the bytes of binary ones go on, pings are answered, a close is told, and
/// nothing else is expected.
final class FrameHandler extends SimpleChannelInboundHandler<WebSocketFrame> {
  @Override
  protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame)
      throws ProtocolException {
    switch (frame) {
      case BinaryWebSocketFrame binary -> ctx.fireChannelRead(binary.content().retain());
      case PingWebSocketFrame ping -> {
        if (ctx.channel().isWritable()) { // a peer that does not read gets no pongs to pile up
          ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()), ctx.voidPromise());
        }
      }
      case PongWebSocketFrame _ -> {}
      case CloseWebSocketFrame close ->
          ctx.fireUserEventTriggered(new LinkEnd.Closed(code(close.statusCode())));
      default -> throw new ProtocolException(CloseCode.PROTOCOL_ERROR, "not a binary message");
    }
  }

  /// 1000 means that an agent is done; from the other side it, like what is not ours, is a proxy's
  /// or a server's that goes away.
  private static CloseCode code(int status) {
    CloseCode code = CloseCode.fromWire(status).orElse(CloseCode.GOING_AWAY);
    return code == CloseCode.NORMAL ? CloseCode.GOING_AWAY : code;
  }
}
