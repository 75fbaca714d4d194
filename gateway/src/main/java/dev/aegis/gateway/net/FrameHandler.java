package dev.aegis.gateway.net;

import dev.aegis.gateway.session.Farewell;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.ProtocolException;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;

/// Translates WebSocket frames to the bytes of binary messages, answers pings and closes, and pings
/// a silent peer.
final class FrameHandler extends ChannelInboundHandlerAdapter {
  private static final int SILENT_INTERVALS = 3;

  private int silent;

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws ProtocolException {
    silent = 0;
    switch ((WebSocketFrame) message) {
      case BinaryWebSocketFrame binary -> ctx.fireChannelRead(binary.content());
      case PingWebSocketFrame ping -> answer(ctx, ping);
      case PongWebSocketFrame pong -> pong.release();
      case CloseWebSocketFrame close -> {
        close.release();
        Farewell.close(ctx.channel(), CloseCode.NORMAL);
      }
      case WebSocketFrame other -> {
        ReferenceCountUtil.release(other);
        throw new ProtocolException(
            CloseCode.PROTOCOL_ERROR, "only binary messages are spoken here");
      }
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws ProtocolException {
    if (event instanceof IdleStateEvent idle && idle.state() == IdleState.READER_IDLE) {
      if (!ctx.channel().config().isAutoRead()) {
        return; // it is the gateway that does not read now: the silence proves nothing
      }
      if (++silent >= SILENT_INTERVALS) {
        throw new ProtocolException(CloseCode.IDLE, "silent for three heartbeat intervals");
      }
      ctx.writeAndFlush(new PingWebSocketFrame(Unpooled.EMPTY_BUFFER), ctx.voidPromise());
      return;
    }
    ctx.fireUserEventTriggered(event);
  }

  /// A peer that sends pings and does not read the answers gets no more of them (RFC 6455 5.5.3
  /// asks for the latest only), so that they do not pile up.
  private static void answer(ChannelHandlerContext ctx, PingWebSocketFrame ping) {
    if (ctx.channel().isWritable()) {
      ctx.writeAndFlush(new PongWebSocketFrame(ping.content()), ctx.voidPromise());
    } else {
      ping.release();
    }
  }
}
