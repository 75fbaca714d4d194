package dev.aegis.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs handlers on virtual threads, one after the other for each key and side by side across keys.
/// Thread-safe, but for [#submit] and [#begin], which belong to one thread. Whoever submits keeps
/// the number of waiting tasks bounded.
final class SerialHandlers {
  private static final Logger log = LoggerFactory.getLogger(SerialHandlers.class);

  /// What a handler is to do.
  interface Task extends Runnable {
    /// Tasks of one key run one after the other.
    Object key();
  }

  private final Map<Object, Line> lines = new HashMap<>();

  /// Since the last [#begin].
  private final List<Task> submitted = new ArrayList<>();

  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final Runnable ended;
  private volatile boolean stopped;

  /// The tasks of a key, guarded by `lines`. Its thread takes what waits at once, and leaves the
  /// deque it has emptied.
  private static final class Line {
    final Object key;
    ArrayDeque<Task> waiting = new ArrayDeque<>();

    Line(Object key) {
      this.key = key;
    }
  }

  /// @param ended told whenever a thread has ended after the stop
  SerialHandlers(Runnable ended) {
    this.ended = ended;
  }

  /// The task runs after those of its key, from [#begin] on.
  void submit(Task task) {
    submitted.add(task);
  }

  /// Hands over what was submitted. Apart from [#submit], so that what arrives together takes the
  /// lock, and wakes a thread, once.
  void begin() {
    if (submitted.isEmpty()) {
      return;
    }
    List<Line> idle = List.of();
    synchronized (lines) {
      if (!stopped) {
        idle = handOver();
      }
    }
    submitted.clear();
    for (Line line : idle) {
      Thread.ofVirtual().name("aegis-handler").start(() -> run(line));
    }
  }

  /// The lines that had no thread.
  private List<Line> handOver() {
    List<Line> idle = new ArrayList<>();
    Line line = null;
    for (Task task : submitted) {
      Object key = task.key();
      if (line == null || !line.key.equals(key)) { // mostly the one before's
        line = lines.get(key);
      }
      if (line == null) {
        line = new Line(key);
        lines.put(key, line);
        idle.add(line);
      }
      line.waiting.add(task);
    }
    return idle;
  }

  /// Drops what waits and takes no more; what runs goes on.
  void stop() {
    synchronized (lines) {
      stopped = true;
      lines.values().forEach(line -> line.waiting.clear());
    }
  }

  /// Threads on which handlers run now.
  int running() {
    return threads.size();
  }

  boolean isHandler(Thread thread) {
    return threads.contains(thread);
  }

  private void run(Line line) {
    threads.add(Thread.currentThread());
    ArrayDeque<Task> tasks = new ArrayDeque<>();
    do {
      tasks = swap(line, tasks);
      for (Task task = tasks.poll(); task != null && !stopped; task = tasks.poll()) {
        run(task);
      }
    } while (!ends(line));
    if (stopped) {
      ended.run();
    }
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) { // the ones behind it must run all the same
      log.error("a handler's thread met what it should not", e);
    }
  }

  /// What waits, for a deque that is empty.
  private ArrayDeque<Task> swap(Line line, ArrayDeque<Task> empty) {
    synchronized (lines) {
      ArrayDeque<Task> waiting = line.waiting;
      line.waiting = empty;
      return waiting;
    }
  }

  /// Whether nothing waits any more: then this thread is done.
  private boolean ends(Line line) {
    synchronized (lines) {
      if (!line.waiting.isEmpty()) {
        return false;
      }
      lines.remove(line.key);
      threads.remove(Thread.currentThread());
      return true;
    }
  }
}
