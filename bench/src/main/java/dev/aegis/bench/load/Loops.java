package dev.aegis.bench.load;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/// The event loops of a run's clients: senders and receivers have separate ones, as separate
/// processes would.
public final class Loops implements AutoCloseable {
  private final EventLoopGroup senders;
  private final EventLoopGroup receivers;

  /// @param threads of the senders, and as many of the receivers
  public Loops(int threads) {
    this.senders = loops("bench-send", threads);
    this.receivers = loops("bench-receive", threads);
  }

  private static EventLoopGroup loops(String name, int threads) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
  }

  public EventLoopGroup senders() {
    return senders;
  }

  public EventLoopGroup receivers() {
    return receivers;
  }

  @Override
  public void close() {
    senders.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    receivers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
