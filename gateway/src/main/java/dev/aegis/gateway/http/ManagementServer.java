package dev.aegis.gateway.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/// The management listener: plain HTTP, meant for the loopback interface, on a loop of its own so
/// that it answers when the others are busy.
public final class ManagementServer implements AutoCloseable {
  private static final int MAX_BODY_BYTES = 64 * 1024;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("aegis-management", true), NioIoHandler.newFactory());
  private final Channel channel;

  /// @throws IOException the address is taken
  public ManagementServer(InetSocketAddress address, ManagementApi api) throws IOException {
    var bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel connection) {
                    connection
                        .pipeline()
                        .addLast("http", new HttpServerCodec())
                        .addLast("body", new HttpObjectAggregator(MAX_BODY_BYTES))
                        .addLast("api", api.newHandler());
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      close(group);
      throw new IOException(
          "cannot listen on " + address + " for management: " + bound.cause().getMessage(),
          bound.cause());
    }
    this.channel = bound.channel();
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) channel.localAddress();
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    close(group);
  }

  private static void close(EventLoopGroup group) {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
  }
}
