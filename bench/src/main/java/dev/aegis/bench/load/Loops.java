package dev.aegis.bench.load;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The event loops of a run's clients: receivers, and each group of senders, have separate ones, as
/// separate processes would. Confined to one thread.
public final class Loops implements AutoCloseable {
  private final int threads;
  private final List<EventLoopGroup> senders = new ArrayList<>();
  private final EventLoopGroup receivers;

  /// @param threads of each group of senders, and as many of the receivers
  public Loops(int threads) {
    this.threads = threads;
    this.receivers = loops("bench-receive", threads);
  }

  private static EventLoopGroup loops(String name, int threads) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
  }

  /// For one more group of senders.
  public EventLoopGroup moreSenders() {
    EventLoopGroup group = loops("bench-send", threads);
    senders.add(group);
    return group;
  }

  public EventLoopGroup receivers() {
    return receivers;
  }

  private static void stop(EventLoopGroup group) {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    senders.forEach(Loops::stop);
    stop(receivers);
  }
}
