package dev.aegis.client;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.protocol.Binding;
import dev.aegis.protocol.BindingMode;
import dev.aegis.protocol.ClientHandshake;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.FlightReader;
import dev.aegis.protocol.ProtocolException;
import dev.aegis.protocol.SessionKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The client's end of one connection: upgrade, handshake, then records to envelopes. Confined to
/// the channel's event loop but for the handshake's asymmetric work, which runs on a virtual thread
/// while nothing else is due.
final class Link extends SimpleChannelInboundHandler<Object> {
  private static final Logger log = LoggerFactory.getLogger(Link.class);
  private static final String EXPORTER_LABEL = "EXPORTER-Channel-Binding"; // RFC 9266

  /// What a link tells its client; on the event loop.
  interface Events {
    void established(Channel channel, SessionKeys keys, Control.Welcome welcome);

    void envelope(Envelope envelope);

    void writable();

    void ended(CloseCode code, @Nullable Throwable cause);
  }

  private final WebSocketClientHandshaker upgrade;
  private final ClientHandshake.Config config;
  private final ClientOptions options;
  private final String subprotocol;
  private final String authority;
  private final Events events;
  private @Nullable ClientHandshake handshake;
  private @Nullable SessionKeys keys;
  private boolean welcomed;
  private boolean ended;
  private CloseCode code = CloseCode.GOING_AWAY;
  private @Nullable Throwable failure;

  Link(
      WebSocketClientHandshaker upgrade,
      ClientHandshake.Config config,
      ClientOptions options,
      String subprotocol,
      String authority,
      Events events) {
    super(true);
    this.upgrade = upgrade;
    this.config = config;
    this.options = options;
    this.subprotocol = subprotocol;
    this.authority = authority;
    this.events = events;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof io.netty.handler.ssl.SslHandshakeCompletionEvent tls) {
      if (tls.isSuccess()) {
        upgrade.handshake(ctx.channel());
      } else {
        fail(ctx, tls.cause());
      }
    } else if (event instanceof IdleStateEvent) {
      code = CloseCode.IDLE;
      ctx.close();
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, Object message) throws Exception {
    switch (message) {
      case FullHttpResponse response -> {
        upgrade.finishHandshake(ctx.channel(), response);
        begin(ctx);
      }
      case BinaryWebSocketFrame binary -> binary(ctx, binary.content());
      case PingWebSocketFrame ping ->
          ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()), ctx.voidPromise());
      case CloseWebSocketFrame close -> {
        code = CloseCode.fromWire(close.statusCode()).orElse(CloseCode.PROTOCOL_ERROR);
        ctx.close();
      }
      case WebSocketFrame other -> log.trace("ignored {}", other.getClass());
      default -> throw new ProtocolException(CloseCode.PROTOCOL_ERROR, "unexpected message");
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable() && welcomed) {
      events.writable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(ctx, cause);
  }

  private void begin(ChannelHandlerContext ctx) {
    SslHandler ssl = ctx.pipeline().get(SslHandler.class);
    Binding binding = new Binding(options.bindingPolicy(), bindingValues(ssl.engine()));
    Thread.ofVirtual()
        .name("aegis-handshake")
        .start(() -> {
          ClientHandshake made =
              new ClientHandshake(config, new SecureRandom(), subprotocol, authority, binding);
          byte[] m1 = made.m1();
          ctx.executor()
              .execute(() -> {
                handshake = made;
                write(ctx, m1);
              });
        });
  }

  private void binary(ChannelHandlerContext ctx, ByteBuf content) throws ProtocolException {
    byte[] bytes = new byte[content.readableBytes()];
    content.readBytes(bytes);
    SessionKeys session = keys;
    ClientHandshake running = handshake;
    if (session != null) {
      record(ctx, session, bytes);
    } else if (running != null) {
      handshake = null;
      answerM2(ctx, running, bytes);
    } else {
      throw new ProtocolException(CloseCode.PROTOCOL_ERROR, "message before its turn");
    }
  }

  private void answerM2(ChannelHandlerContext ctx, ClientHandshake running, byte[] m2) {
    ctx.channel().config().setAutoRead(false);
    Thread.ofVirtual()
        .name("aegis-handshake")
        .start(() -> {
          try {
            byte[] m3 = running.onM2(m2);
            SessionKeys made = running.keys();
            ctx.executor()
                .execute(() -> {
                  keys = made;
                  write(ctx, m3);
                  ctx.channel().config().setAutoRead(true);
                });
          } catch (ProtocolException | RuntimeException e) {
            ctx.executor().execute(() -> fail(ctx, e));
          }
        });
  }

  private void record(ChannelHandlerContext ctx, SessionKeys session, byte[] bytes)
      throws ProtocolException {
    int length;
    try {
      length = session.opener().open(bytes, 0, bytes.length);
    } catch (AuthenticationException e) {
      throw new ProtocolException(CloseCode.BAD_RECORD, "record did not open");
    }
    FlightReader flight = new FlightReader(bytes, 0, length);
    while (flight.next()) {
      Envelope envelope;
      try {
        envelope = EnvelopeCodec.decode(bytes, flight.offset(), flight.length());
      } catch (EnvelopeException e) {
        log.debug("ignored an envelope of the gateway: {}", e.reason());
        continue;
      }
      if (welcomed) {
        events.envelope(envelope);
      } else if (envelope instanceof Control.Welcome welcome) {
        welcomed = true;
        events.established(ctx.channel(), session, welcome);
      } else {
        throw new ProtocolException(CloseCode.PROTOCOL_ERROR, "welcome must come first");
      }
    }
  }

  private void fail(ChannelHandlerContext ctx, Throwable cause) {
    failure = cause;
    if (cause instanceof ProtocolException protocol) {
      code = protocol.closeCode();
    } else if (cause instanceof WebSocketHandshakeException) {
      code = CloseCode.HANDSHAKE_FAILED;
    }
    log.debug("connection failed", cause);
    ctx.close();
  }

  private void end() {
    if (!ended) {
      ended = true;
      events.ended(code, failure);
    }
  }

  private static void write(ChannelHandlerContext ctx, byte[] message) {
    ctx.writeAndFlush(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(message)), ctx.voidPromise());
  }

  private static Map<BindingMode, byte[]> bindingValues(SSLEngine engine) {
    Map<BindingMode, byte[]> values = new EnumMap<>(BindingMode.class);
    if (!(engine.getSession() instanceof ExtendedSSLSession session)) {
      return values;
    }
    try {
      values.put(
          BindingMode.TLS_EXPORTER,
          session.exportKeyingMaterialData(EXPORTER_LABEL, new byte[0], 32));
    } catch (UnsupportedOperationException | javax.net.ssl.SSLException e) {
      log.trace("this TLS engine cannot export keying material");
    }
    try {
      X509Certificate certificate = (X509Certificate) session.getPeerCertificates()[0];
      String signature = certificate.getSigAlgName();
      String hash =
          signature.startsWith("SHA384")
              ? "SHA-384"
              : signature.startsWith("SHA512") ? "SHA-512" : "SHA-256";
      values.put(
          BindingMode.TLS_SERVER_END_POINT,
          MessageDigest.getInstance(hash).digest(certificate.getEncoded()));
    } catch (GeneralSecurityException | javax.net.ssl.SSLException e) {
      log.trace("no certificate to bind to");
    }
    return values;
  }
}
