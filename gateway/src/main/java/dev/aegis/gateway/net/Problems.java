package dev.aegis.gateway.net;

import dev.aegis.gateway.problem.ProblemCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/// Refusals of requests that never reach a handler of the API: a problem document (RFC 9457) and
/// the end of the connection.
final class Problems {
  private static final long LINGER_SECONDS = 2;

  private Problems() {}

  /// Likewise, of a request that is still being sent: what comes of it is read for a while, since a
  /// connection that is closed under its sender would take the answer with it.
  static void refuseEarly(ChannelHandlerContext ctx, ProblemCode code, String detail) {
    ctx.writeAndFlush(response(code, detail));
    ctx.executor().schedule(() -> ctx.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  /// @param detail a constant text without quotes
  static void refuse(ChannelHandlerContext ctx, ProblemCode code, String detail) {
    ctx.writeAndFlush(response(code, detail)).addListener(ChannelFutureListener.CLOSE);
  }

  private static DefaultFullHttpResponse response(ProblemCode code, String detail) {
    HttpResponseStatus status = HttpResponseStatus.valueOf(code.status());
    String body =
        "{\"type\":\"%s\",\"title\":\"%s\",\"status\":%d,\"code\":\"%s\",\"detail\":\"%s\"}\n"
            .formatted(code.type(), code.title(), code.status(), code.label(), detail);
    ByteBuf content = Unpooled.copiedBuffer(body, StandardCharsets.UTF_8);
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, content);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/problem+json")
        .set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes())
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    if (status.equals(HttpResponseStatus.UPGRADE_REQUIRED)) {
      response.headers().set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "13");
    }
    return response;
  }
}
