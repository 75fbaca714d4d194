package dev.aegis.client;

import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.ProtocolException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The end of the pipeline: the only one that tells the client of the connection, that decides how
/// it ends, and that knows close frames. Whatever goes wrong before it arrives here, as an
/// exception or as a [LinkEnd].
final class LinkTail extends SimpleChannelInboundHandler<Envelope> {
  private static final Logger log = LoggerFactory.getLogger(LinkTail.class);

  /// After how many silent heartbeat intervals a gateway is asked, for it pings nobody who sends,
  /// and after how many it is gone (PROTOCOL.md section 2).
  private static final int ASKED_INTERVALS = 2;

  private static final int SILENT_INTERVALS = 3;

  /// How long a close frame may take to get out.
  private static final long CLOSE_MILLIS = 1_000;

  private final LinkEvents events;
  private final Duration patience;
  private @Nullable Future<?> deadline;
  private int silentIntervals;
  private boolean established;
  private boolean ended;

  /// @param patience how long the session may take to come about
  LinkTail(LinkEvents events, Duration patience) {
    this.events = events;
    this.patience = patience;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    deadline =
        ctx.executor()
            .schedule(
                () -> end(ctx, new LinkEnd.Lost(new TimeoutException("not within " + patience))),
                patience.toMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, Envelope envelope) {
    if (!ended) {
      events.envelope(envelope);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case RecordHandler.Welcomed welcomed -> welcomed(ctx, welcomed);
      case LinkEnd end -> end(ctx, end);
      case IdleStateEvent idle -> silent(ctx, idle.isFirst());
      default -> log.trace("passed over {}", event);
    }
  }

  /// @param first whether something was read since the interval before
  private void silent(ChannelHandlerContext ctx, boolean first) {
    if (!ctx.channel().config().isAutoRead()) {
      silentIntervals = 0; // it is this side that does not listen
      return;
    }
    silentIntervals = first ? 1 : silentIntervals + 1;
    if (silentIntervals >= SILENT_INTERVALS) {
      end(ctx, new LinkEnd.Closed(CloseCode.IDLE));
    } else if (silentIntervals == ASKED_INTERVALS && !ended) {
      events.silent();
    }
  }

  private void welcomed(ChannelHandlerContext ctx, RecordHandler.Welcomed welcomed) {
    cancelDeadline();
    established = true;
    long interval = welcomed.welcome().heartbeatMillis();
    if (interval > 0) {
      ctx.pipeline()
          .addBefore(
              "aggregator", "idle", new IdleStateHandler(interval, 0, 0, TimeUnit.MILLISECONDS));
    }
    if (!ended) {
      events.established(ctx.channel(), welcomed.keys(), welcomed.welcome());
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (established && !ended && ctx.channel().isWritable()) {
      events.writable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end(ctx, new LinkEnd.Lost(null));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.debug("connection failed", cause);
    end(ctx, endOf(cause));
  }

  /// No connection came about.
  void unconnected(Throwable cause) {
    if (!ended) {
      ended = true;
      cancelDeadline();
      events.ended(new LinkEnd.Lost(cause));
    }
  }

  private LinkEnd endOf(Throwable cause) {
    return switch (cause) {
      case ProtocolException protocol -> new LinkEnd.Closed(protocol.closeCode());
      case TooLongFrameException _ -> new LinkEnd.Closed(CloseCode.RECORD_TOO_LARGE);
      case IOException broken -> new LinkEnd.Lost(broken);
      default -> {
        if (established) {
          log.warn("ended a session", cause);
        }
        yield new LinkEnd.Lost(cause);
      }
    };
  }

  private void end(ChannelHandlerContext ctx, LinkEnd end) {
    if (ended) {
      return;
    }
    ended = true; // before anything that calls back
    cancelDeadline();
    switch (end) {
      case LinkEnd.Closed(CloseCode code) -> {
        if (ctx.pipeline().get(FrameHandler.class) != null && ctx.channel().isActive()) {
          ctx.writeAndFlush(new CloseWebSocketFrame(code.wire(), code.text()))
              .addListener(ChannelFutureListener.CLOSE);
          ctx.executor().schedule(() -> ctx.close(), CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        } else {
          ctx.close();
        }
      }
      case LinkEnd.Rejected _, LinkEnd.Untrusted _, LinkEnd.Lost _ -> ctx.close();
    }
    events.ended(end);
  }

  private void cancelDeadline() {
    Future<?> timer = deadline;
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
