package dev.aegis.gateway.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes a response that goes on, chunk by chunk, with a comment now and then so that both sides
/// notice when the other is gone. Bounded: who does not read what it is sent is cut off, and comes
/// back with the last id it has. A stream ends by itself after a while, so that a key that was
/// revoked does not read on for ever.
final class StreamWriter implements EventStream.Sink {
  private static final Logger log = LoggerFactory.getLogger(StreamWriter.class);
  private static final int MAX_WAITING = 4_096;
  private static final long COMMENT_SECONDS = 15;
  private static final long LIFE_SECONDS = 600;

  private final ChannelHandlerContext ctx;
  private final AtomicInteger waiting = new AtomicInteger();

  private StreamWriter(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  /// On the channel's loop.
  static void start(ChannelHandlerContext ctx, Reply reply, EventStream stream) {
    DefaultHttpResponse head =
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()));
    head.headers()
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .set(HttpHeaderNames.CONTENT_TYPE, reply.contentType())
        .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    ctx.writeAndFlush(head);
    ctx.channel().config().setAutoRead(true); // so that its end is seen
    StreamWriter writer = new StreamWriter(ctx);
    AutoCloseable open = stream.open(writer);
    var comments =
        ctx.executor()
            .scheduleAtFixedRate(
                () -> writer.send(":\n\n"), COMMENT_SECONDS, COMMENT_SECONDS, TimeUnit.SECONDS);
    var end = ctx.executor().schedule(writer::end, LIFE_SECONDS, TimeUnit.SECONDS);
    ctx.channel()
        .closeFuture()
        .addListener(_ -> {
          comments.cancel(false);
          end.cancel(false);
          try {
            open.close();
          } catch (Exception e) { // whoever follows must not keep the others from being told
            log.warn("a stream did not end cleanly", e);
          }
        });
  }

  @Override
  public void send(String text) {
    if (waiting.incrementAndGet() > MAX_WAITING) {
      ctx.close();
      return;
    }
    onLoop(() ->
        ctx.writeAndFlush(
                new DefaultHttpContent(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8)))
            .addListener(_ -> waiting.decrementAndGet()));
  }

  @Override
  public void end() {
    onLoop(() ->
        ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
            .addListener(ChannelFutureListener.CLOSE));
  }

  private void onLoop(Runnable task) {
    try {
      ctx.executor().execute(task);
    } catch (RejectedExecutionException e) {
      log.debug("the loop has ended, and the stream with it", e);
    }
  }
}
