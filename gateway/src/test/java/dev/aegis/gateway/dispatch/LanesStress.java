package dev.aegis.gateway.dispatch;

import dev.aegis.protocol.Priority;
import java.util.ArrayDeque;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/// One class of the lanes is linearizable to a bounded first-in-first-out queue: every accepted
/// offer is drained exactly once, in the order of acceptance. Across classes no such order is
/// promised, because a drain looks at them one after the other.
///
/// It comes first: Lincheck transforms every class that is loaded by then, which takes minutes once
/// the others have run.
@Order(1)
class LanesStress {
  private record Item(Priority priority, int number, int sizeBytes) implements LaneItem {}

  /// What Lincheck runs concurrently.
  public static final class Subject {
    private final Lanes<Item> lanes = new Lanes<>(new LaneBounds(64, 1_000_000, 4, 1));
    private @Nullable Item taken;

    @Operation
    public boolean offer(@Param(gen = IntGen.class, conf = "1:99") int number) {
      return lanes.offer(new Item(Priority.NORMAL, number, 10));
    }

    /// One item at a time, by the byte limit of a drain; one thread at a time.
    @Operation(nonParallelGroup = "consumer")
    public @Nullable Integer take() {
      taken = null;
      lanes.drain(item -> taken = item);
      Item item = taken;
      return item == null ? null : item.number();
    }
  }

  /// The same, one call at a time.
  public static final class Sequential {
    private final ArrayDeque<Integer> queue = new ArrayDeque<>();

    public boolean offer(int number) {
      return queue.add(number);
    }

    public @Nullable Integer take() {
      return queue.poll();
    }
  }

  @Test
  void oneClassIsLinearizable() {
    new StressOptions()
        .iterations(4)
        .invocationsPerIteration(300)
        .threads(3)
        .actorsPerThread(4)
        .sequentialSpecification(Sequential.class)
        .check(Subject.class);
  }
}
