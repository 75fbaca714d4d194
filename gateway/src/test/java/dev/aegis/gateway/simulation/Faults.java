package dev.aegis.gateway.simulation;

import java.util.function.IntConsumer;

/// What goes wrong, and how often.
final class Faults {
  private Faults() {}

  static void schedule(World world) {
    Settings settings = world.settings;
    every(world, settings.crashEvery(), _ -> world.node.crash());
    every(world, settings.outageEvery(), _ -> world.node.outage(20 + world.random.nextInt(400)));
    every(world, settings.cutEvery(), i -> world.agents.get(i).cut());
    every(world, settings.agentCrashEvery(), i -> world.agents.get(i).crash("by itself"));
    every(world, settings.takeoverEvery(), i -> world.agents.get(i).loginAgain());
    every(
        world,
        settings.clockStepEvery(),
        _ -> world.stepClock(world.random.nextLong(-3_600_000, 3_600_000)));
  }

  private static void every(World world, int mean, IntConsumer fault) {
    if (mean > 0) {
      world.after(
          world.random.nextInt(2 * mean),
          () -> {
            if (!world.calm()) {
              fault.accept(world.random.nextInt(world.agents.size()));
              every(world, mean, fault);
            }
          });
    }
  }
}
