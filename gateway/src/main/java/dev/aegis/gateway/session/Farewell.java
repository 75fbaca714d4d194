package dev.aegis.gateway.session;

import dev.aegis.protocol.CloseCode;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import java.util.concurrent.TimeUnit;

/// Ends a connection with a close frame. A peer that does not read cannot hold it open: after a
/// while it is closed without.
public final class Farewell {
  private static final long PATIENCE_SECONDS = 5;

  private Farewell() {}

  /// Writes the close frame and closes. On the channel's loop.
  public static void close(Channel channel, CloseCode code) {
    var forced =
        channel.eventLoop().schedule(() -> channel.close(), PATIENCE_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(_ -> forced.cancel(false));
    channel
        .writeAndFlush(new CloseWebSocketFrame(code.wire(), code.text()))
        .addListener(ChannelFutureListener.CLOSE);
  }
}
