package dev.aegis.bench.load;

import dev.aegis.protocol.Priority;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The drivers of a run, a thread each. Confined to one thread.
final class Drivers {
  private final Map<LoadPlan, Driver> drivers;
  private final List<Thread> threads = new ArrayList<>();

  /// @param drivers by what each does
  Drivers(Map<LoadPlan, Driver> drivers) {
    this.drivers = drivers;
  }

  void start() {
    for (Driver driver : drivers.values()) {
      threads.add(Thread.ofPlatform().name("bench-driver").start(driver));
    }
  }

  /// Returns when the schedules have begun.
  void endWarmup() throws InterruptedException {
    drivers.values().forEach(Driver::endWarmup);
    for (Driver driver : drivers.values()) {
      driver.awaitSchedule();
    }
  }

  void stop() throws InterruptedException {
    drivers.values().forEach(Driver::stop);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  long stalls() {
    return drivers.values().stream().mapToLong(Driver::stalls).sum();
  }

  /// How late the schedule of each class was at worst.
  Map<Priority, Long> latenessNanos() {
    Map<Priority, Long> lateness = new EnumMap<>(Priority.class);
    drivers.forEach((schedule, driver) ->
        schedule
            .mix()
            .classes()
            .forEach(priority -> lateness.put(priority, driver.maxLatenessNanos())));
    return lateness;
  }
}
