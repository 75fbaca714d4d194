package dev.aegis.bench.load;

import dev.aegis.client.EventLoops;
import io.netty.channel.EventLoopGroup;
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
    this.receivers = EventLoops.create(threads, "bench-receive");
  }

  /// For one more group of senders.
  public EventLoopGroup moreSenders() {
    EventLoopGroup group = EventLoops.create(threads, "bench-send");
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
