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
import java.util.concurrent.TimeUnit;

/// Translates WebSocket frames to the bytes of binary messages, answers pings and closes, and pings
/// a silent peer, and an agent that is not read from: what it asks is not answered then.
final class FrameHandler extends ChannelInboundHandlerAdapter {
  private static final int SILENT_INTERVALS = 3;

  private final long pausedPingMillis;
  private int silent;
  private boolean pinging;
  private boolean pausedMeanwhile;

  /// @param pausedPingMillis between two pings while the agent is not read from
  FrameHandler(long pausedPingMillis) {
    this.pausedPingMillis = pausedPingMillis;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws ProtocolException {
    silent = 0;
    switch ((WebSocketFrame) message) {
      case BinaryWebSocketFrame binary -> {
        ctx.fireChannelRead(binary.content());
        if (!ctx.channel().config().isAutoRead()) {
          paused(ctx);
        }
      }
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

  /// Reading stopped with a record: it may be on and off again by the time of the next ping, and
  /// what the agent asks be far behind.
  private void paused(ChannelHandlerContext ctx) {
    pausedMeanwhile = true;
    if (!pinging && inSession(ctx)) {
      pinging = true;
      schedulePing(ctx);
    }
  }

  private static boolean inSession(ChannelHandlerContext ctx) {
    RecordHandler established = ctx.pipeline().get(RecordHandler.class);
    return established != null && established.session().isOpen();
  }

  private void schedulePing(ChannelHandlerContext ctx) {
    ctx.executor().schedule(() -> pingPaused(ctx), pausedPingMillis, TimeUnit.MILLISECONDS);
  }

  private void pingPaused(ChannelHandlerContext ctx) {
    boolean paused = !ctx.channel().config().isAutoRead();
    if (!inSession(ctx) || !(paused || pausedMeanwhile)) {
      pinging = false;
      return;
    }
    pausedMeanwhile = paused;
    if (ctx.channel().isWritable()) { // else there is enough on its way
      ctx.writeAndFlush(new PingWebSocketFrame(Unpooled.EMPTY_BUFFER), ctx.voidPromise());
    }
    schedulePing(ctx);
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
