package dev.aegis.client;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs handlers on virtual threads, one after the other for each key and side by side across keys.
/// Thread-safe. Whoever submits keeps the number of waiting tasks bounded.
final class SerialHandlers {
  private static final Logger log = LoggerFactory.getLogger(SerialHandlers.class);

  private final Map<Object, ArrayDeque<Runnable>> queues = new HashMap<>();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final Runnable ended;
  private boolean stopped;

  /// @param ended told whenever a thread has ended after the stop
  SerialHandlers(Runnable ended) {
    this.ended = ended;
  }

  void submit(Object key, Runnable task) {
    synchronized (queues) {
      if (stopped) {
        return;
      }
      ArrayDeque<Runnable> queue = queues.get(key);
      if (queue != null) {
        queue.add(task);
        return;
      }
      queues.put(key, new ArrayDeque<>());
    }
    Thread.ofVirtual().name("aegis-handler").start(() -> run(key, task));
  }

  /// Drops what waits and takes no more; what runs goes on.
  void stop() {
    synchronized (queues) {
      stopped = true;
      queues.values().forEach(ArrayDeque::clear);
    }
  }

  /// Threads on which handlers run now.
  int running() {
    return threads.size();
  }

  boolean isHandler(Thread thread) {
    return threads.contains(thread);
  }

  private void run(Object key, Runnable first) {
    threads.add(Thread.currentThread());
    Runnable task = first;
    while (task != null) {
      try {
        task.run();
      } catch (RuntimeException | Error e) { // the ones behind it must run all the same
        log.error("a handler's thread met what it should not", e);
      }
      task = next(key);
    }
  }

  private @Nullable Runnable next(Object key) {
    boolean tell;
    synchronized (queues) {
      ArrayDeque<Runnable> queue = queues.get(key);
      Runnable task = queue == null ? null : queue.poll();
      if (task != null) {
        return task;
      }
      queues.remove(key);
      threads.remove(Thread.currentThread());
      tell = stopped;
    }
    if (tell) {
      ended.run();
    }
    return null;
  }
}
