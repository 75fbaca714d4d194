package dev.aegis.bench;

import dev.aegis.gateway.dispatch.LaneBounds;
import dev.aegis.gateway.dispatch.LaneItem;
import dev.aegis.gateway.dispatch.Lanes;
import dev.aegis.protocol.Priority;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/// Offering items of all four classes and draining them. Baselines: PriorityBlockingQueue, which
/// also orders by class, and the plain queues that do not.
///
/// `batch…`: one thread offers 512 and drains them, time per item. `cross…`: one thread offers and
/// another drains, `taken` per second is the figure.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LanesBenchmark {
  private static final int BATCH = 512;
  private static final Comparator<Item> BY_CLASS =
      Comparator.comparingInt(i -> i.priority().wire());

  record Item(Priority priority, int sizeBytes) implements LaneItem {}

  /// The queues that the threads of one benchmark share, and the items they carry.
  @State(Scope.Group)
  public static class Queues {
    private final Lanes<Item> lanes = new Lanes<>(LaneBounds.defaults());
    private final PriorityBlockingQueue<Item> priority =
        new PriorityBlockingQueue<>(BATCH, BY_CLASS);
    private final Queue<Item> linked = new ConcurrentLinkedQueue<>();
    private final Queue<Item> mpsc = new MpscAtomicArrayQueue<>(16_384);
    private final List<Item> items = new ArrayList<>();

    public Queues() {
      Priority[] classes = Priority.values();
      for (int i = 0; i < BATCH; i++) {
        items.add(new Item(classes[i % classes.length], 300));
      }
    }
  }

  /// How many items came through.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Passed {
    public long taken;
  }

  @Benchmark
  @Group("batch")
  @GroupThreads(1)
  @OperationsPerInvocation(BATCH)
  public void batch(Queues queues, Blackhole sink) {
    for (Item item : queues.items) {
      queues.lanes.offer(item);
    }
    int drained = 0;
    while (drained < BATCH) {
      drained += queues.lanes.drain(sink::consume);
    }
  }

  @Benchmark
  @Group("batchByPriorityBlockingQueue")
  @GroupThreads(1)
  @OperationsPerInvocation(BATCH)
  public void batchByPriorityBlockingQueue(Queues queues, Blackhole sink) {
    pass(queues.items, queues.priority, sink);
  }

  @Benchmark
  @Group("batchByConcurrentLinkedQueue")
  @GroupThreads(1)
  @OperationsPerInvocation(BATCH)
  public void batchByConcurrentLinkedQueue(Queues queues, Blackhole sink) {
    pass(queues.items, queues.linked, sink);
  }

  @Benchmark
  @Group("batchByMpsc")
  @GroupThreads(1)
  @OperationsPerInvocation(BATCH)
  public void batchByMpsc(Queues queues, Blackhole sink) {
    pass(queues.items, queues.mpsc, sink);
  }

  private static void pass(List<Item> items, Queue<Item> queue, Blackhole sink) {
    for (Item item : items) {
      queue.offer(item);
    }
    for (Item item = queue.poll(); item != null; item = queue.poll()) {
      sink.consume(item);
    }
  }

  @Benchmark
  @Group("cross")
  @GroupThreads(1)
  public void crossOffer(Queues queues) {
    for (Item item : queues.items) {
      if (!queues.lanes.offer(item)) {
        Thread.onSpinWait();
      }
    }
  }

  @Benchmark
  @Group("cross")
  @GroupThreads(1)
  public void crossDrain(Queues queues, Passed passed, Blackhole sink) {
    passed.taken += queues.lanes.drain(sink::consume);
  }

  @Benchmark
  @Group("crossByPriorityBlockingQueue")
  @GroupThreads(1)
  public void crossByPriorityBlockingQueueOffer(Queues queues) {
    bounded(queues.items, queues.priority);
  }

  @Benchmark
  @Group("crossByPriorityBlockingQueue")
  @GroupThreads(1)
  public void crossByPriorityBlockingQueuePoll(Queues queues, Passed passed, Blackhole sink) {
    passed.taken += take(queues.priority, sink);
  }

  @Benchmark
  @Group("crossByMpsc")
  @GroupThreads(1)
  public void crossByMpscOffer(Queues queues) {
    for (Item item : queues.items) {
      if (!queues.mpsc.offer(item)) {
        Thread.onSpinWait();
      }
    }
  }

  @Benchmark
  @Group("crossByMpsc")
  @GroupThreads(1)
  public void crossByMpscPoll(Queues queues, Passed passed, Blackhole sink) {
    passed.taken += take(queues.mpsc, sink);
  }

  /// An unbounded queue is not filled beyond what the lanes would hold.
  private static void bounded(List<Item> items, Queue<Item> queue) {
    if (queue.size() > 16_384) {
      Thread.onSpinWait();
      return;
    }
    queue.addAll(items);
  }

  private static int take(Queue<Item> queue, Blackhole sink) {
    int taken = 0;
    for (Item item = queue.poll(); item != null && taken < BATCH; item = queue.poll()) {
      sink.consume(item);
      taken++;
    }
    return taken;
  }
}
