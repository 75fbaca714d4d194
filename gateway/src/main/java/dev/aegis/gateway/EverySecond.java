package dev.aegis.gateway;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs a short task once a second, at first at once, on a daemon thread of its own.
final class EverySecond implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EverySecond.class);

  private final ScheduledExecutorService timer;

  private EverySecond(ScheduledExecutorService timer) {
    this.timer = timer;
  }

  static EverySecond start(String name, Runnable task) {
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
        1,
        TimeUnit.SECONDS);
    return new EverySecond(timer);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
