package dev.aegis.gateway.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/// Translates full HTTP requests for the [Api] and its replies back, one request of a connection at
/// a time: reading stops until it is answered.
final class HttpHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private final Api api;
  private boolean streaming;

  HttpHandler(Api api) {
    this.api = api;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest message) {
    if (streaming) {
      ctx.close(); // nothing can be answered behind what goes on
      return;
    }
    boolean keepAlive = HttpUtil.isKeepAlive(message);
    Request request =
        new Request(
            message.method().name(),
            message.uri(),
            message.headers().copy(),
            ByteBufUtil.getBytes(message.content()));
    ctx.channel().config().setAutoRead(false);
    Thread.ofVirtual()
        .name("aegis-http")
        .start(() -> {
          Reply reply = api.answer(request);
          ctx.executor().execute(() -> write(ctx, request, reply, keepAlive));
        });
  }

  private void write(ChannelHandlerContext ctx, Request request, Reply reply, boolean keepAlive) {
    EventStream stream = reply.stream();
    if (stream != null && !request.method().equals("HEAD")) {
      streaming = true;
      StreamWriter.start(ctx, reply, stream);
      return;
    }
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(reply.status()),
            Unpooled.copiedBuffer(reply.body(), StandardCharsets.UTF_8));
    response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    reply.headers().forEach((name, value) -> response.headers().set(name, value));
    if (!reply.contentType().isEmpty()) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, reply.contentType());
    }
    if (reply.status() != 204 && reply.status() != 304) {
      response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    }
    HttpUtil.setKeepAlive(response, keepAlive);
    ChannelFuture written = ctx.writeAndFlush(response);
    if (keepAlive) {
      ctx.channel().config().setAutoRead(true);
    } else {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }
}
