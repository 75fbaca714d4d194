package dev.aegis.gateway.net;

import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/// Guards one rule: a peer that is not authenticated sends at most 8 KiB after the upgrade. It
/// stands before the frame decoder, so a frame that merely announces more is not collected either.
final class BudgetHandler extends ChannelInboundHandlerAdapter {
  private long received;

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes) {
      received += bytes.readableBytes();
      if (received > Limits.MAX_PRE_AUTH_BYTES) {
        ReferenceCountUtil.release(message);
        ctx.fireExceptionCaught(
            new ProtocolException(
                CloseCode.HANDSHAKE_FAILED, "over the budget before authentication"));
        return;
      }
    }
    ctx.fireChannelRead(message);
  }
}
