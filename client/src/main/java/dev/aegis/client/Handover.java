package dev.aegis.client;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// Items on their way from any thread to the event loop. While the loop comes back by itself,
/// patient ones do not wake it one by one. Bounded by whoever adds.
final class Handover<T> {
  private final Queue<T> items = new ConcurrentLinkedQueue<>();
  private final AtomicInteger unannounced = new AtomicInteger();
  private final AtomicBoolean announced = new AtomicBoolean();
  private final int most;
  private volatile boolean loopComes;

  /// @param most so many are worth waking the loop before it comes by itself
  Handover(int most) {
    this.most = most;
  }

  /// Any thread.
  ///
  /// @param patient it may wait for a loop that comes by itself
  /// @return whether the loop has to be told to [#drain]
  boolean add(T item, boolean patient) {
    items.add(item); // before the look at loopComes: the loop looks here after it has changed that
    if (patient && loopComes && unannounced.incrementAndGet() < most) {
      return false;
    }
    return !announced.get() && !announced.getAndSet(true);
  }

  /// The loop will drain soon whether or not it is told. On the loop.
  void loopComes() {
    loopComes = true;
  }

  /// On the loop.
  void drain(Consumer<T> to) {
    loopComes = false;
    announced.set(false);
    unannounced.set(0);
    for (T item = items.poll(); item != null; item = items.poll()) {
      to.accept(item);
    }
  }
}
