package dev.aegis.gateway;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs a short task again and again, at first at once, on a daemon thread of its own.
final class Periodic implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Periodic.class);

  private final ScheduledExecutorService timer;

  private Periodic(ScheduledExecutorService timer) {
    this.timer = timer;
  }

  static Periodic start(String name, Duration every, Runnable task) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name(name).factory());
    timer.scheduleAtFixedRate(
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) { // or it would never run again
            log.warn("{} failed", name, e);
          }
        },
        0,
        every.toMillis(),
        TimeUnit.MILLISECONDS);
    return new Periodic(timer);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
