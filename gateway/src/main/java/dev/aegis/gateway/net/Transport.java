package dev.aegis.gateway.net;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
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
  public static Transport best() {
    if (Epoll.isAvailable()) {
      return new Transport("epoll", EpollServerSocketChannel.class, EpollIoHandler.newFactory());
    }
    if (KQueue.isAvailable()) {
      return new Transport("kqueue", KQueueServerSocketChannel.class, KQueueIoHandler.newFactory());
    }
    return new Transport("nio", NioServerSocketChannel.class, NioIoHandler.newFactory());
  }

  MultiThreadIoEventLoopGroup group(int threads, String threadName) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(threadName, false), ioHandler);
  }
}
