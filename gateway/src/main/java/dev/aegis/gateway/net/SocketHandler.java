package dev.aegis.gateway.net;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;

/// Counts what goes through the socket: each read and each flush is about one call of the system.
@ChannelHandler.Sharable
final class SocketHandler extends ChannelDuplexHandler {
  private final NetCounters counters;

  SocketHandler(NetCounters counters) {
    this.counters = counters;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    counters.reads.increment();
    ctx.fireChannelRead(bytes);
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    counters.flushes.increment();
    ctx.flush();
  }
}
