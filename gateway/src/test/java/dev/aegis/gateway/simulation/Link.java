package dev.aegis.gateway.simulation;

/// One connection: in order, with delays, and cut off at any moment, which loses what is on the
/// way. Each side learns of the cut when it has arrived there.
final class Link {
  private final World world;
  private long upArrives;
  private long downArrives;
  private boolean open = true;

  Link(World world) {
    this.world = world;
  }

  boolean open() {
    return open;
  }

  void close() {
    open = false;
  }

  /// To the gateway.
  void up(Runnable arrival) {
    upArrives = Math.max(upArrives, world.now() + delay());
    world.at(upArrives, () -> arrive(arrival));
  }

  /// To the agent.
  void down(Runnable arrival) {
    downArrives = Math.max(downArrives, world.now() + delay());
    world.at(downArrives, () -> arrive(arrival));
  }

  private void arrive(Runnable arrival) {
    if (open) {
      arrival.run();
    }
  }

  private long delay() {
    return world.chance(50) ? world.random.nextInt(100) : world.random.nextInt(4);
  }
}
