package dev.aegis.gateway.net;

import dev.aegis.gateway.session.Farewell;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.ProtocolException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The tail of the pipeline and the one place that turns a failure into a close frame. What a peer
/// did is a debug line and a counter; what we did wrong is a warning with its stack. Before
/// authentication every cause looks the same to the peer and takes the same time.
final class FailureHandler extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(FailureHandler.class);

  private final NetCounters counters;
  private final long failureDelayMillis;
  private boolean closing;

  FailureHandler(NetCounters counters, long failureDelayMillis) {
    this.counters = counters;
    this.failureDelayMillis = failureDelayMillis;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message); // arrives after a failure: nobody is left to read it
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    ReferenceCountUtil.release(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    RecordHandler established = ctx.pipeline().get(RecordHandler.class);
    CloseCode code = codeOf(cause);
    if (code == CloseCode.INTERNAL_ERROR) {
      counters.internalErrors.increment();
      log.warn("closing {} after an error of our own", ctx.channel().remoteAddress(), cause);
    } else {
      counters.protocolErrors.increment();
      log.debug("closing {}: {}", ctx.channel().remoteAddress(), cause.getMessage());
    }
    if (closing) {
      return;
    }
    closing = true;
    ctx.channel().config().setAutoRead(false);
    if (cause instanceof IOException) {
      ctx.close();
    } else if (ctx.pipeline().get(HandlerNames.FRAME) == null) {
      ctx.close(); // still HTTP: nothing to say in WebSocket's words
    } else if (established != null) {
      established.session().close(code);
    } else {
      counters.handshakeFailures.increment();
      ctx.executor()
          .schedule(
              () -> Farewell.close(ctx.channel(), CloseCode.HANDSHAKE_FAILED),
              failureDelayMillis,
              TimeUnit.MILLISECONDS);
    }
  }

  private static CloseCode codeOf(Throwable cause) {
    return switch (cause) {
      case ProtocolException e -> e.closeCode();
      case CorruptedWebSocketFrameException e
          when e.closeStatus().equals(WebSocketCloseStatus.MESSAGE_TOO_BIG) ->
          CloseCode.RECORD_TOO_LARGE;
      case TooLongFrameException _ -> CloseCode.RECORD_TOO_LARGE;
      case CodecException _ -> CloseCode.PROTOCOL_ERROR;
      case IOException _ -> CloseCode.PROTOCOL_ERROR;
      default -> CloseCode.INTERNAL_ERROR;
    };
  }
}
