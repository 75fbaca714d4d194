package dev.aegis.client;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// Messages on their way from any thread to the event loop. While the loop comes back by itself for
/// durable ones, these do not wake it one by one. Bounded by the budget of what may wait.
final class Submissions {
  private final Queue<Item> items = new ConcurrentLinkedQueue<>();
  private final AtomicInteger unannounced = new AtomicInteger();
  private final AtomicBoolean announced = new AtomicBoolean();
  private final int most;
  private volatile boolean loopComes;

  /// @param most so many are worth waking the loop before it comes by itself
  Submissions(int most) {
    this.most = most;
  }

  /// Any thread.
  ///
  /// @return whether the loop has to be told to [#drain]
  boolean add(Item item) {
    items.add(item); // before the look at loopComes: the loop looks here after it has changed that
    if (item.durable && loopComes && unannounced.incrementAndGet() < most) {
      return false;
    }
    return !announced.get() && !announced.getAndSet(true);
  }

  /// The loop will drain soon whether or not it is told: durable messages can wait for that. On the
  /// loop.
  void loopComes() {
    loopComes = true;
  }

  /// On the loop.
  void drain(Consumer<Item> to) {
    loopComes = false;
    announced.set(false);
    unannounced.set(0);
    for (Item item = items.poll(); item != null; item = items.poll()) {
      to.accept(item);
    }
  }
}
