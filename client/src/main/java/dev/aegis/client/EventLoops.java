package dev.aegis.client;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/// Makes the event loops of clients: epoll where its library is on the class path and loads, else
/// NIO. Epoll waits for a timer to the microsecond; Netty's NIO loop spins for the last half of the
/// millisecond before it, and a client that sends steadily always has one.
public final class EventLoops {
  private EventLoops() {}

  /// For [ClientOptions#withLoops]; whoever makes them shuts them down.
  ///
  /// @param threadName what the names of the threads begin with; they are daemons
  public static EventLoopGroup create(int threads, String threadName) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(threadName, true), ioHandler());
  }

  private static IoHandlerFactory ioHandler() {
    return Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }

  /// The kind of channel that goes with such a loop.
  public static Class<? extends SocketChannel> channelType(EventLoop loop) {
    return loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class)
        ? EpollSocketChannel.class
        : NioSocketChannel.class;
  }
}
