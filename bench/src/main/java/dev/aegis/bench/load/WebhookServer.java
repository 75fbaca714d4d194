package dev.aegis.bench.load;

import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Priority;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// What receivers' endpoints are: a server for plain HTTP on the loopback address that takes every
/// message with 200, and does not look at its signature.
final class WebhookServer implements AutoCloseable {
  private static final int LARGEST = 64 << 20;

  private final MultiThreadIoEventLoopGroup loops;
  private final Channel listening;
  private final Map<Integer, Receiver> receivers = new ConcurrentHashMap<>();

  /// Its requests may be on several event loops.
  private record Receiver(int index, Clients.Arrivals arrivals) {
    void arrived(Priority priority, byte[] payload) {
      synchronized (this) {
        arrivals.arrived(index, priority, payload);
      }
    }
  }

  WebhookServer(int threads) {
    loops = new MultiThreadIoEventLoopGroup(threads, NioIoHandler.newFactory());
    Posts posts = new Posts();
    listening =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new HttpServerCodec(), new HttpObjectAggregator(LARGEST), posts);
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  /// Where a receiver's messages are posted to.
  URI url(int receiver) {
    int port = ((InetSocketAddress) listening.localAddress()).getPort();
    return URI.create("http://127.0.0.1:" + port + "/" + receiver);
  }

  /// Begins to take what comes for receivers `from` to before `until`; before that they answer 503.
  void open(int from, int until, Clients.Arrivals arrivals) {
    for (int i = from; i < until; i++) {
      receivers.put(i, new Receiver(i, arrivals));
    }
  }

  @Override
  public void close() {
    listening.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Sharable
  private final class Posts extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      int receiver = Integer.parseInt(request.uri().substring(1));
      Receiver open = receivers.get(receiver);
      if (open != null) {
        JsonNode message = Json.parse(request.content().toString(StandardCharsets.UTF_8));
        Priority priority = Priority.parse(message.path("priority").asString()).orElseThrow();
        byte[] payload = Base64.getDecoder().decode(message.path("payload").asString());
        open.arrived(priority, payload);
      }
      FullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              open == null ? HttpResponseStatus.SERVICE_UNAVAILABLE : HttpResponseStatus.OK,
              Unpooled.EMPTY_BUFFER);
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
      ctx.writeAndFlush(response);
    }
  }
}
