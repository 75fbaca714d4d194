package dev.aegis.client;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/// Runs handlers on virtual threads, one after the other for each key and side by side across keys.
/// Thread-safe. Whoever submits keeps the number of waiting tasks bounded.
final class SerialHandlers {
  private final Map<Object, ArrayDeque<Runnable>> queues = new HashMap<>();

  void submit(Object key, Runnable task) {
    synchronized (queues) {
      ArrayDeque<Runnable> queue = queues.get(key);
      if (queue != null) {
        queue.add(task);
        return;
      }
      queues.put(key, new ArrayDeque<>());
    }
    Thread.ofVirtual().name("aegis-handler").start(() -> run(key, task));
  }

  private void run(Object key, Runnable first) {
    Runnable task = first;
    while (task != null) {
      try {
        task.run();
      } finally {
        synchronized (queues) {
          ArrayDeque<Runnable> queue = queues.get(key);
          task = queue == null ? null : queue.poll();
          if (task == null) {
            queues.remove(key);
          }
        }
      }
    }
  }
}
