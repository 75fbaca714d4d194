package dev.aegis.gateway.net;

import dev.aegis.gateway.problem.ProblemCode;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;

/// Collects the body of a request for the API, up to its limit.
final class BodyHandler extends HttpObjectAggregator {
  BodyHandler(int maxBytes) {
    super(maxBytes, true);
  }

  @Override
  protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
    Problems.refuse(ctx, ProblemCode.BODY_TOO_LARGE, "the body is larger than accepted here");
  }
}
