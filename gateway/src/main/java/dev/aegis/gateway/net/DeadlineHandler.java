package dev.aegis.gateway.net;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Guards one rule of the HTTP phase: a whole request arrives in time, counted from the start of
/// the connection and then from the last response. A connection that sends nothing, or a byte now
/// and then, is closed. It goes with the rest of HTTP when an agent upgrades.
final class DeadlineHandler extends ChannelDuplexHandler {
  private final long timeoutMillis;
  private @Nullable Future<?> deadline;

  DeadlineHandler(Duration timeout) {
    this.timeoutMillis = timeout.toMillis();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    start(ctx);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    stop();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof LastHttpContent) {
      stop();
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof LastHttpContent) {
      start(ctx);
    }
    ctx.write(message, promise);
  }

  private void start(ChannelHandlerContext ctx) {
    stop();
    deadline = ctx.executor().schedule(() -> ctx.close(), timeoutMillis, TimeUnit.MILLISECONDS);
  }

  private void stop() {
    Future<?> running = deadline;
    if (running != null) {
      running.cancel(false);
      deadline = null;
    }
  }
}
