package dev.aegis.gateway.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/// How sockets are polled: the platform's native way where its library loads, else NIO.
public record Transport(
    String name, Class<? extends ServerChannel> serverChannel, IoHandlerFactory ioHandler) {
  /// Enough to keep a fast connection busy while the loop comes round.
  private static final int NOT_SENT_BYTES = 128 * 1024;

  public static Transport best() {
    if (Epoll.isAvailable()) {
      return new Transport("epoll", EpollServerSocketChannel.class, EpollIoHandler.newFactory());
    }
    if (KQueue.isAvailable()) {
      return new Transport("kqueue", KQueueServerSocketChannel.class, KQueueIoHandler.newFactory());
    }
    return new Transport("nio", NioServerSocketChannel.class, NioIoHandler.newFactory());
  }

  /// Keeps what the kernel holds back for an agent small, where the kernel can be told so: what
  /// waits there waits in the order written, and what waits here by class.
  void keepKernelQueuesShort(ServerBootstrap server) {
    if (EpollServerSocketChannel.class == serverChannel) {
      server.childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) NOT_SENT_BYTES);
    }
  }

  MultiThreadIoEventLoopGroup group(int threads, String threadName) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(threadName, false), ioHandler);
  }
}
