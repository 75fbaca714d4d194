package dev.aegis.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs handlers on virtual threads, one after the other for each key and side by side across keys.
/// Thread-safe, but for [#submit] and [#begin], which belong to one thread. Whoever submits keeps
/// the number of waiting tasks bounded.
final class SerialHandlers {
  private static final Logger log = LoggerFactory.getLogger(SerialHandlers.class);

  private final Map<Object, ArrayDeque<Runnable>> queues = new HashMap<>();
  private final List<Object> toBegin = new ArrayList<>();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final Runnable ended;
  private boolean stopped;

  /// @param ended told whenever a thread has ended after the stop
  SerialHandlers(Runnable ended) {
    this.ended = ended;
  }

  /// The task runs after those of its key; if there are none, from [#begin] on.
  void submit(Object key, Runnable task) {
    synchronized (queues) {
      if (stopped) {
        return;
      }
      ArrayDeque<Runnable> queue = queues.get(key);
      if (queue == null) {
        queue = new ArrayDeque<>();
        queues.put(key, queue);
        toBegin.add(key);
      }
      queue.add(task);
    }
  }

  /// Starts what was submitted. Apart from [#submit], so that what arrives together wakes the
  /// threads once.
  void begin() {
    for (Object key : toBegin) {
      Thread.ofVirtual().name("aegis-handler").start(() -> run(key));
    }
    toBegin.clear();
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

  private void run(Object key) {
    threads.add(Thread.currentThread());
    for (Runnable task = next(key); task != null; task = next(key)) {
      try {
        task.run();
      } catch (RuntimeException | Error e) { // the ones behind it must run all the same
        log.error("a handler's thread met what it should not", e);
      }
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
