package dev.aegis.gateway.net;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.protocol.Binding;
import dev.aegis.protocol.ServerHandshake;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/// Decides what a request is: an agent's upgrade, which it checks and carries out, or one for the
/// REST API, which it passes on. Bad requests get a problem document (RFC 9457).
final class RouteHandler extends ChannelInboundHandlerAdapter {
  static final String PATH = "/ws/agent";
  static final String SUBPROTOCOL = "aegis.v1.msgpack";

  private final Edge edge;
  private final X509Certificate certificate;
  private boolean swallowing;
  private boolean upgraded;

  /// @param certificate the one this connection was shown
  RouteHandler(Edge edge, X509Certificate certificate) {
    this.edge = edge;
    this.certificate = certificate;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof HttpRequest request)) {
      if (swallowing) {
        ReferenceCountUtil.release(message);
        if (upgraded && message instanceof LastHttpContent) {
          ctx.pipeline().remove(this); // the end of the upgrade request was the last of HTTP
        }
      } else {
        ctx.fireChannelRead(message);
      }
      return;
    }
    if (request.decoderResult().isFailure()) {
      swallowing = true;
      Problems.refuse(
          ctx, codeOf(request.decoderResult().cause()), "the request is not HTTP as accepted here");
    } else if (path(request).equals(PATH)) {
      swallowing = true;
      upgrade(ctx, request);
    } else {
      ctx.fireChannelRead(message);
    }
  }

  private void upgrade(ChannelHandlerContext ctx, HttpRequest request) {
    InetAddress address = ((InetSocketAddress) ctx.channel().remoteAddress()).getAddress();
    if (edge.failures().isBlocked(address, System.nanoTime())) {
      edge.counters().connectionsRefused.increment();
      Problems.refuse(
          ctx, ProblemCode.RATE_LIMITED, "too many failed handshakes from this address");
      return;
    }
    if (!edge.directory().available()) {
      Problems.refuse(
          ctx,
          ProblemCode.STORE_UNAVAILABLE,
          "no agent can be admitted while the store is not available; try again");
      return;
    }
    String host = request.headers().get(HttpHeaderNames.HOST);
    if (!request.method().equals(HttpMethod.GET)
        || !request
            .headers()
            .containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
        || !request
            .headers()
            .containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        || !request.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_KEY)
        || host == null) {
      Problems.refuse(ctx, ProblemCode.BAD_UPGRADE, PATH + " is a WebSocket: upgrade with GET");
      return;
    }
    String offered = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, "");
    if (Arrays.stream(offered.split(",", -1)).noneMatch(p -> p.strip().equals(SUBPROTOCOL))) {
      Problems.refuse(
          ctx, ProblemCode.BAD_UPGRADE, "Sec-WebSocket-Protocol must offer " + SUBPROTOCOL);
      return;
    }
    HeaderHints hints;
    try {
      hints = HeaderHints.of(request.headers());
    } catch (IllegalArgumentException e) {
      Problems.refuse(ctx, ProblemCode.BAD_UPGRADE, String.valueOf(e.getMessage()));
      return;
    }
    SslHandler ssl = ctx.pipeline().get(SslHandler.class);
    Binding binding =
        new Binding(
            edge.settings().bindingPolicy(), TlsContext.bindingValues(ssl.engine(), certificate));
    ServerHandshake handshake =
        new ServerHandshake(edge.handshake(), edge.random(), SUBPROTOCOL, host, binding);
    accept(ctx, request, new HandshakeHandler(edge, handshake, hints), address);
  }

  private void accept(
      ChannelHandlerContext ctx, HttpRequest request, HandshakeHandler next, InetAddress address) {
    WebSocketServerHandshaker handshaker =
        new WebSocketServerHandshakerFactory(
                "wss://" + request.headers().get(HttpHeaderNames.HOST) + PATH,
                SUBPROTOCOL,
                WebSocketDecoderConfig.newBuilder()
                    .maxFramePayloadLength(edge.settings().limits().maxRecordBytes())
                    .allowExtensions(false)
                    .closeOnProtocolViolation(false)
                    .withUTF8Validator(false)
                    .build())
            .newHandshaker(request);
    if (handshaker == null) {
      Problems.refuse(ctx, ProblemCode.UPGRADE_REQUIRED, "Sec-WebSocket-Version must be 13");
      return;
    }
    DefaultFullHttpRequest full =
        new DefaultFullHttpRequest(
            request.protocolVersion(),
            request.method(),
            request.uri(),
            Unpooled.EMPTY_BUFFER,
            request.headers(),
            EmptyHttpHeaders.INSTANCE);
    ChannelPipeline pipeline = ctx.pipeline();
    pipeline.remove(HandlerNames.DEADLINE);
    pipeline.remove(HandlerNames.BODY);
    pipeline.remove(HandlerNames.API);
    handshaker
        .handshake(ctx.channel(), full)
        .addListener(done -> {
          if (!done.isSuccess()) {
            ctx.close();
          }
        });
    long beat = edge.settings().heartbeat().toMillis();
    pipeline.addBefore(HandlerNames.WS_DECODER, HandlerNames.BUDGET, new BudgetHandler());
    pipeline.addBefore(
        HandlerNames.FAILURE,
        HandlerNames.AGGREGATOR,
        new WebSocketFrameAggregator(edge.settings().limits().maxRecordBytes()));
    pipeline.addBefore(
        HandlerNames.FAILURE,
        HandlerNames.IDLE,
        new IdleStateHandler(beat, 0, 0, TimeUnit.MILLISECONDS));
    pipeline.addBefore(HandlerNames.FAILURE, HandlerNames.FRAME, new FrameHandler(beat / 4));
    pipeline.addBefore(HandlerNames.FAILURE, HandlerNames.HANDSHAKE, next);
    ctx.channel()
        .closeFuture()
        .addListener(_ -> {
          if (pipeline.get(HandlerNames.RECORD) == null) {
            edge.failures().failed(address, System.nanoTime());
          }
        });
    upgraded = true;
  }

  private static String path(HttpRequest request) {
    String uri = request.uri();
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  private static ProblemCode codeOf(Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException _ -> ProblemCode.URI_TOO_LONG;
      case TooLongHttpHeaderException _ -> ProblemCode.HEADERS_TOO_LARGE;
      case TooLongFrameException _ -> ProblemCode.BODY_TOO_LARGE;
      default -> ProblemCode.MALFORMED_REQUEST;
    };
  }
}
