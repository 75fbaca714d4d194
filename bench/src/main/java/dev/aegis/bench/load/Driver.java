package dev.aegis.bench.load;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The one thread that sends for all senders of a schedule, or as far as their windows allow: one
/// is enough, and more would take processor time from the gateway they measure.
final class Driver implements Runnable {
  /// Messages of one sender in a row.
  private static final int BURST = 64;

  private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(2);

  /// What is due within one goes together: waking for each message would take a good part of the
  /// processor from the gateway. The wait counts as latency.
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long MAX_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final LoadPlan plan;
  private final List<SenderLane> lanes;
  private final Measurements measurements;
  private final CountDownLatch scheduled = new CountDownLatch(1);
  private volatile boolean warmingUp;
  private volatile boolean stopping;
  private volatile @Nullable Thread parked;
  private final AtomicLong stalls = new AtomicLong();
  private volatile long maxLatenessNanos;

  Driver(LoadPlan plan, List<SenderLane> lanes, Measurements measurements) {
    this.plan = plan;
    this.lanes = lanes;
    this.measurements = measurements;
    this.warmingUp = plan.warmupSeconds() > 0;
  }

  /// Ends the warm-up, which is a closed loop at any rate: a schedule that a cold system cannot
  /// keep would leave it a queue and measure that.
  void endWarmup() {
    warmingUp = false;
    wake();
  }

  /// Returns when the schedule has begun, which is once what was under way has arrived; at once
  /// without one.
  void awaitSchedule() throws InterruptedException {
    if (plan.openLoop()) {
      scheduled.await();
    }
  }

  void stop() {
    stopping = true;
    warmingUp = false;
    wake();
  }

  /// Some window has room again. Any thread.
  void wake() {
    Thread waiting = parked;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }

  /// How often nothing arrived for two seconds although messages were under way.
  long stalls() {
    return stalls.get();
  }

  /// How late the schedule was at worst: the generator's own part of the latencies.
  long maxLatenessNanos() {
    return maxLatenessNanos;
  }

  @Override
  public void run() {
    if (plan.openLoop()) {
      saturating(() -> warmingUp);
      awaitArrivals();
      scheduled.countDown();
      paced(new Pacer(System.nanoTime(), plan.rate()));
    } else {
      saturating(() -> !stopping);
    }
  }

  /// Until nothing is under way, or nothing has moved for long.
  private void awaitArrivals() {
    Movement movement = new Movement();
    while (!stopping && lanes.stream().anyMatch(SenderLane::waits) && !movement.stands()) {
      LockSupport.parkNanos(this, POLL_NANOS);
    }
  }

  private void paced(Pacer pacer) {
    long next = 0;
    while (!stopping) {
      long now = System.nanoTime();
      long due = pacer.dueBy(now);
      if (next < due) {
        maxLatenessNanos = Math.max(maxLatenessNanos, now - pacer.dueNanos(next));
      }
      for (int n = 0; n < BURST && next < due; n++, next++) {
        paced(lanes.get((int) (next % lanes.size())), pacer.dueNanos(next));
      }
      if (next >= due) {
        park(Math.max(TICK_NANOS, pacer.dueNanos(next) - System.nanoTime()));
      }
    }
  }

  private void paced(SenderLane lane, long dueNanos) {
    if (plan.sheds() && lane.room() == 0) {
      measurements.unsent();
    } else {
      lane.send(dueNanos);
    }
  }

  private void saturating(BooleanSupplier goesOn) {
    Movement movement = new Movement();
    while (goesOn.getAsBoolean()) {
      boolean sent = false;
      for (SenderLane lane : lanes) {
        int burst = Math.min(lane.room(), BURST);
        for (int i = 0; i < burst && goesOn.getAsBoolean(); i++) {
          lane.send(System.nanoTime());
        }
        sent |= burst > 0;
      }
      if (movement.stands()) {
        stalled();
      }
      if (!sent) {
        park(MAX_PARK_NANOS);
      }
    }
  }

  /// A durable message is waited for: it is owed. A best-effort one may be gone.
  private void stalled() {
    stalls.incrementAndGet();
    if (!plan.guarantee().isDurable()) {
      lanes.forEach(SenderLane::writeOff);
    }
  }

  private void park(long nanos) {
    if (nanos <= 0) {
      return;
    }
    parked = Thread.currentThread();
    boolean keepsTime = plan.openLoop() && !warmingUp;
    if (!stopping && (keepsTime || lanes.stream().noneMatch(lane -> lane.room() >= BURST))) {
      LockSupport.parkNanos(this, Math.min(nanos, MAX_PARK_NANOS));
    }
    parked = null;
  }

  /// Whether anything arrives or is answered. Confined to one thread.
  private final class Movement {
    private long seen = -1;
    private long movedAt = System.nanoTime();

    /// Nothing has moved for long; then it counts anew.
    boolean stands() {
      long moves = measurements.arrivals() + measurements.receipts();
      long now = System.nanoTime();
      boolean stands = moves == seen && now - movedAt > STALL_NANOS;
      if (moves != seen || stands) {
        movedAt = now;
      }
      seen = moves;
      return stands;
    }
  }
}
