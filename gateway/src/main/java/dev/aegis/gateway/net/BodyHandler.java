package dev.aegis.gateway.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;

/// Collects the body of a request for the API, up to its limit.
final class BodyHandler extends HttpObjectAggregator {
  BodyHandler(int maxBytes) {
    super(maxBytes, true);
  }

  @Override
  protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
    Problems.refuse(
        ctx, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "the body is larger than accepted here");
  }
}
