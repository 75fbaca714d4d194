package dev.aegis.gateway.cluster;

import dev.aegis.store.StoreException;
import dev.aegis.store.fabric.Fabric;
import dev.aegis.store.fabric.FabricState;
import java.util.Collection;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads from the database what other nodes have changed and may not have been heard to tell: who
/// was shut out, every few seconds; the durable subscriptions, when something published may have
/// been missed, and once in a while. A thread of its own.
final class Rereads implements AutoCloseable {
  /// How long after a revocation its row is looked at: clocks of nodes may differ by that much.
  static final long OVERLAP_MILLIS = TimeUnit.MINUTES.toMillis(1);

  private static final Logger LOG = LoggerFactory.getLogger(Rereads.class);
  private static final long TICK_MILLIS = 1_000;
  private static final int REVOKED_TICKS = 3;
  private static final int SUBSCRIPTIONS_TICKS = 300;
  private static final int AWAY_TICKS = 30;

  /// Between two such reads, however often connections come and go.
  private static final int SPACED_TICKS = 5;

  private final Fabric fabric;
  private final LongFunction<? extends Collection<String>> revokedSince;
  private final Consumer<String> revoked;
  private final Supplier<? extends CompletionStage<?>> subscriptions;
  private final ScheduledExecutorService timer;
  private @Nullable Missed missed;
  private volatile boolean due;
  private int readAt = -SPACED_TICKS;
  private int ticks;

  /// What changes where something published may have been missed.
  private record Missed(boolean up, long reconnects, long dropped, long inboxesLost) {
    static Missed of(FabricState state) {
      return new Missed(state.up(), state.reconnects(), state.dropped(), state.inboxesLost());
    }
  }

  /// @param revokedSince agents shut out since a time that many milliseconds ago; blocks
  /// @param revoked told each of them, also again
  /// @param subscriptions has all durable ones read again
  Rereads(
      Fabric fabric,
      LongFunction<? extends Collection<String>> revokedSince,
      Consumer<String> revoked,
      Supplier<? extends CompletionStage<?>> subscriptions) {
    this.fabric = fabric;
    this.revokedSince = revokedSince;
    this.revoked = revoked;
    this.subscriptions = subscriptions;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("aegis-rereads-" + fabric.node().id()).factory());
    timer.scheduleWithFixedDelay(this::look, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      ticks++;
      Missed now = Missed.of(fabric.state());
      boolean changed = !now.equals(missed);
      missed = now;
      if (changed || ticks % (now.up ? SUBSCRIPTIONS_TICKS : AWAY_TICKS) == 0) {
        due = true;
      }
      if (due && ticks - readAt >= SPACED_TICKS) {
        due = false;
        readAt = ticks;
        subscriptions
            .get()
            .exceptionally(failure -> {
              LOG.debug("durable subscriptions are as they were", failure);
              due = true;
              return null;
            });
      }
      if (changed || ticks % REVOKED_TICKS == 0) {
        revokedSince.apply(OVERLAP_MILLIS).forEach(revoked);
      }
    } catch (StoreException e) {
      LOG.debug("the database cannot tell what other nodes have changed", e);
      missed = null; // then once it can
    } catch (RuntimeException e) { // or it would never run again
      LOG.error("what other nodes have changed is not read again; it goes on", e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
