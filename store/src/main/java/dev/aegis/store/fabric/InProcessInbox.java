package dev.aegis.store.fabric;

import dev.aegis.protocol.ClassQueues;
import dev.aegis.protocol.Priority;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What waits for one node of a JVM, and the two threads that bring it to its listener.
final class InProcessInbox {
  private static final int MOST_AT_ONCE = 256;

  private final FabricListener listener;
  private final FabricCounters counters;
  private final long node;
  private final Set<String> channels = ConcurrentHashMap.newKeySet();
  private final Map<Priority, Backlog> room = new EnumMap<>(Priority.class);
  private final Backlog topicRoom;
  private final List<Thread> threads;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition came = lock.newCondition();
  private final ClassQueues<Flight> flights = new ClassQueues<>();
  private final ArrayDeque<Published> published = new ArrayDeque<>();
  private boolean closed;
  private boolean dropped;

  InProcessInbox(long node, FabricLimits limits, FabricListener listener, FabricCounters counters) {
    this.node = node;
    this.listener = listener;
    this.counters = counters;
    this.topicRoom = new Backlog(Long.MAX_VALUE, limits.topicBytes());
    for (Priority each : Priority.values()) {
      room.put(each, new Backlog(limits.inboxEntries(), limits.inboxBytes()));
    }
    this.threads = List.of(thread("read", this::readFlights), thread("topics", this::readTopics));
  }

  private record Flight(long from, Priority priority, byte[] bytes) {}

  private record Published(String channel, byte[] bytes) {}

  private Thread thread(String job, Work work) {
    return Thread.ofPlatform()
        .daemon()
        .name("aegis-fabric-" + job + "-" + node)
        .unstarted(() -> {
          try {
            work.run();
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // closed
          }
        });
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  void start() {
    threads.forEach(Thread::start);
  }

  SendResult offer(long from, Priority priority, byte[] bytes) {
    lock.lock();
    try {
      if (dropped || closed) {
        return SendResult.NO_INBOX;
      }
      if (!room(priority).take(bytes.length)) {
        return SendResult.FULL;
      }
      flights.add(priority, new Flight(from, priority, bytes));
      came.signalAll();
      return SendResult.SENT;
    } finally {
      lock.unlock();
    }
  }

  void publish(String channel, byte[] bytes) {
    if (!channels.contains(channel)) {
      return;
    }
    if (!topicRoom.take(bytes.length)) {
      counters.dropped.increment();
      return;
    }
    lock.lock();
    try {
      published.addLast(new Published(channel, bytes));
      came.signalAll();
    } finally {
      lock.unlock();
    }
  }

  Set<String> channels() {
    return channels;
  }

  long waitingTopicBytes() {
    return topicRoom.bytes();
  }

  /// Nothing comes in any more, and what waits is gone.
  void drop() {
    lock.lock();
    try {
      dropped = true;
      flights.clear();
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      flights.clear();
      published.clear();
    } finally {
      lock.unlock();
    }
    threads.forEach(Thread::interrupt);
  }

  private void readFlights() throws InterruptedException {
    while (true) {
      List<Flight> taken = new ArrayList<>();
      lock.lock();
      try {
        while (flights.peek() == null) {
          if (closed) {
            return;
          }
          came.await();
        }
        Flight next = flights.peek();
        for (; next != null && taken.size() < MOST_AT_ONCE; next = flights.peek()) {
          taken.add(flights.remove());
        }
      } finally {
        lock.unlock();
      }
      for (int begin = 0; begin < taken.size(); ) {
        begin = hand(taken, begin);
      }
    }
  }

  /// Hands over the run of one sender and class that begins there. Returns where it ends.
  private int hand(List<Flight> taken, int begin) throws InterruptedException {
    Flight first = taken.get(begin);
    List<byte[]> run = new ArrayList<>();
    int end = begin;
    long bytes = 0;
    while (end < taken.size()
        && taken.get(end).from == first.from
        && taken.get(end).priority == first.priority) {
      bytes += taken.get(end).bytes.length;
      run.add(taken.get(end++).bytes.clone());
    }
    int count = run.size();
    try {
      listener.received(first.from, first.priority, run);
    } catch (RuntimeException e) {
      counters.listenerFailed(e);
    }
    room(first.priority).give(count, bytes);
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    counters.receivedFlights.add(count);
    counters.receivedEntries.increment();
    return end;
  }

  private void readTopics() throws InterruptedException {
    while (true) {
      Published next;
      lock.lock();
      try {
        while (published.isEmpty()) {
          if (closed) {
            return;
          }
          came.await();
        }
        next = published.removeFirst();
      } finally {
        lock.unlock();
      }
      topicRoom.give(1, next.bytes.length);
      try {
        listener.published(next.channel, next.bytes.clone());
        counters.publishedFlights.increment();
      } catch (RuntimeException e) {
        counters.listenerFailed(e);
      }
    }
  }

  private Backlog room(Priority priority) {
    Backlog found = room.get(priority);
    if (found == null) {
      throw new IllegalStateException("no room for " + priority);
    }
    return found;
  }
}
