package dev.aegis.client;

import dev.aegis.protocol.Binding;
import dev.aegis.protocol.ClientHandshake;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.ProtocolException;
import dev.aegis.protocol.SessionKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.ssl.SslHandler;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/// The second phase of a connection: M1 to M3 (PROTOCOL.md section 3), then makes way for
/// [RecordHandler]. The asymmetric work runs on a virtual thread, while nothing else is due.
final class HandshakeHandler extends SimpleChannelInboundHandler<ByteBuf> {
  private final ClientHandshake.Config config;
  private final ClientOptions options;
  private final String authority;
  private final SslHandler tls;
  private @Nullable ClientHandshake awaitsM2;

  HandshakeHandler(
      ClientHandshake.Config config, ClientOptions options, String authority, SslHandler tls) {
    this.config = config;
    this.options = options;
    this.authority = authority;
    this.tls = tls;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Binding binding = new Binding(options.bindingPolicy(), TlsBinding.values(tls.engine()));
    aside(
        ctx,
        () -> {
          ClientHandshake made =
              new ClientHandshake(
                  config, new SecureRandom(), Dialer.SUBPROTOCOL, authority, binding);
          byte[] m1 = made.m1();
          return () -> {
            awaitsM2 = made;
            write(ctx, m1);
          };
        });
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) throws ProtocolException {
    ClientHandshake running = awaitsM2;
    if (running == null) {
      throw new ProtocolException(CloseCode.PROTOCOL_ERROR, "message before its turn");
    }
    awaitsM2 = null;
    byte[] message = ByteBufUtil.getBytes(bytes);
    ctx.channel().config().setAutoRead(false);
    aside(
        ctx,
        () -> {
          byte[] m3;
          try {
            m3 = running.onM2(message);
          } catch (ProtocolException e) {
            LinkEnd end = running.metStranger() ? new LinkEnd.Untrusted() : new LinkEnd.Rejected(e);
            return () -> ctx.fireUserEventTriggered(end);
          }
          SessionKeys keys = running.keys();
          return () -> {
            write(ctx, m3);
            ctx.pipeline().replace(this, "records", new RecordHandler(keys));
            ctx.channel().config().setAutoRead(true);
          };
        });
  }

  /// Work that takes a while and gives what to do on the event loop.
  private interface Step {
    Runnable run();
  }

  private static void aside(ChannelHandlerContext ctx, Step work) {
    Thread.ofVirtual()
        .name("aegis-handshake")
        .start(() -> {
          Runnable then;
          try {
            then = work.run();
          } catch (RuntimeException e) {
            then = () -> ctx.fireUserEventTriggered(new LinkEnd.Rejected(e));
          }
          Runnable step = then;
          ctx.executor()
              .execute(() -> {
                if (!ctx.isRemoved()) { // the link has not ended meanwhile
                  step.run();
                }
              });
        });
  }

  private static void write(ChannelHandlerContext ctx, byte[] message) {
    ctx.writeAndFlush(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(message)), ctx.voidPromise());
  }
}
