package dev.aegis.gateway.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Runs the delivery core through thousands of seeds. A seed that fails is made as small as it can
/// be and printed with its story; `-Daegis.simulation.seed=N` runs that one alone,
/// `-Daegis.simulation.seeds=N` runs so many, `-Daegis.simulation.story=N` tells the last N lines.
class SimulationTest {
  private static final int MESSAGES = 350;
  private static final long SEEDS = Long.getLong("aegis.simulation.seeds", 3_000);
  private static final long ONE_SEED = Long.getLong("aegis.simulation.seed", 0);

  @Test
  void everySeedHoldsWhatIsPromised() {
    AtomicLong delivered = new AtomicLong();
    LongStream seeds = ONE_SEED != 0 ? LongStream.of(ONE_SEED) : LongStream.rangeClosed(1, SEEDS);
    seeds
        .parallel()
        .forEach(seed -> {
          World world = new World(seed, Settings.rough(MESSAGES), Mutation.NONE);
          try {
            world.run();
          } catch (RuntimeException e) {
            throw new AssertionError(smallest(seed, e), e);
          }
          delivered.addAndGet(world.ledger.delivered());
        });
    System.out.printf("simulation: %d deliveries%n", delivered.get());
    assertThat(delivered.get()).isPositive();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void everyPlantedFaultIsFound(Mutation mutation) {
    assertThatThrownBy(
            () -> {
              for (long seed = 1; seed <= 400; seed++) {
                new World(seed, Settings.rough(MESSAGES), mutation).run();
              }
            })
        .isInstanceOf(World.Violation.class);
  }

  /// The same failure with fewer messages and fewer kinds of trouble, as a story.
  private static String smallest(long seed, RuntimeException found) {
    Settings settings = Settings.rough(MESSAGES);
    RuntimeException shown = found;
    for (int kind = 0; kind < Settings.KINDS_OF_FAILURE; kind++) {
      RuntimeException smaller = attempt(seed, settings.without(kind));
      if (smaller != null) {
        settings = settings.without(kind);
        shown = smaller;
      }
    }
    for (int messages = 5; messages < settings.messages(); messages += 5) {
      RuntimeException smaller = attempt(seed, settings.withMessages(messages));
      if (smaller != null) {
        settings = settings.withMessages(messages);
        shown = smaller;
      }
    }
    String story = shown instanceof World.Violation v ? v.story() : "";
    return """
    seed %d: %s
    smallest: %s: %s
    %s
    replay: mvn -pl gateway -am test -Dtest=SimulationTest \
    -Dsurefire.failIfNoSpecifiedTests=false -Daegis.simulation.seed=%d
    """
        .formatted(seed, found, settings, shown, story, seed);
  }

  private static @org.jspecify.annotations.Nullable RuntimeException attempt(
      long seed, Settings settings) {
    try {
      new World(seed, settings, Mutation.NONE).run();
      return null;
    } catch (RuntimeException e) {
      return e;
    }
  }
}
