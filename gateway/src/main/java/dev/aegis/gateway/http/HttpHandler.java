package dev.aegis.gateway.http;

import dev.aegis.store.StoreException;
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
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Translates full HTTP requests for [Routes] and their replies back, one request of a connection
/// at a time: reading stops until it is answered.
final class HttpHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger log = LoggerFactory.getLogger(HttpHandler.class);
  private static final String BEARER = "Bearer ";

  private final Routes routes;

  HttpHandler(Routes routes) {
    this.routes = routes;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest message) {
    boolean keepAlive = HttpUtil.isKeepAlive(message);
    QueryStringDecoder uri = new QueryStringDecoder(message.uri());
    Map<String, String> query = new HashMap<>();
    uri.parameters().forEach((name, values) -> query.put(name, values.getFirst()));
    Request request =
        new Request(
            message.method().name(),
            segments(uri.path()),
            query,
            bearer(message.headers().get(HttpHeaderNames.AUTHORIZATION)),
            message.content().toString(StandardCharsets.UTF_8));
    ctx.channel().config().setAutoRead(false);
    Thread.ofVirtual()
        .name("aegis-http")
        .start(() -> {
          Reply reply = answer(request);
          ctx.executor().execute(() -> write(ctx, reply, keepAlive));
        });
  }

  private Reply answer(Request request) {
    try {
      return routes.answer(request);
    } catch (BadRequest e) {
      return Reply.problem(400, "invalid-request", e.detail());
    } catch (StoreException e) {
      log.warn("{} failed: {}", request.path(), e.getMessage());
      return Reply.problem(
          503, "store-unavailable", "the database does not answer; try again later");
    } catch (RuntimeException e) {
      log.warn("{} failed by an error of our own", request.path(), e);
      return Reply.problem(500, "internal-error", "see the gateway's log");
    }
  }

  private static void write(ChannelHandlerContext ctx, Reply reply, boolean keepAlive) {
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(reply.status()),
            Unpooled.copiedBuffer(reply.body(), StandardCharsets.UTF_8));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, reply.contentType())
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    if (reply.status() == 401) {
      response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (reply.retryAfterMillis() > 0) {
      response
          .headers()
          .set(HttpHeaderNames.RETRY_AFTER, Math.ceilDiv(reply.retryAfterMillis(), 1_000));
    }
    HttpUtil.setKeepAlive(response, keepAlive);
    ChannelFuture written = ctx.writeAndFlush(response);
    if (keepAlive) {
      ctx.channel().config().setAutoRead(true);
    } else {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  private static List<String> segments(String path) {
    return Arrays.stream(path.split("/", -1)).filter(segment -> !segment.isEmpty()).toList();
  }

  private static @Nullable String bearer(@Nullable String header) {
    return header != null && header.startsWith(BEARER)
        ? header.substring(BEARER.length()).strip()
        : null;
  }
}
