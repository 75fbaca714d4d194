package dev.aegis.gateway.net;

import dev.aegis.gateway.problem.ProblemCode;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.util.ReferenceCountUtil;

/// Collects the body of a request for the API, up to its limit.
final class BodyHandler extends HttpObjectAggregator {
  private boolean refused;

  BodyHandler(int maxBytes) {
    super(maxBytes, true);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (refused) {
      ReferenceCountUtil.release(message); // the rest of it, and whatever comes behind it
    } else {
      super.channelRead(ctx, message);
    }
  }

  @Override
  protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
    refused = true;
    Problems.refuseEarly(ctx, ProblemCode.BODY_TOO_LARGE, "the body is larger than accepted here");
  }
}
