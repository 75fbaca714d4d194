package dev.aegis.gateway.registry;

import dev.aegis.gateway.capability.Capabilities;
import dev.aegis.store.StoreException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps in memory who is active, healthy and able: reads it again whenever the registry changes,
/// and once a second, since some turn silent without a word. However much changes, it reads for a
/// twentieth of the time at most. A thread of its own.
public final class AbleAgents implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AbleAgents.class);
  private static final long EVERY_MILLIS = 1_000;
  private static final long SHORTEST_PAUSE_MILLIS = 20;
  private static final int SHARE = 20;

  private final Registry registry;
  private final Capabilities capabilities;
  private final boolean counted;
  private final Runnable changed;
  private final Semaphore news = new Semaphore(0);
  private final RegistryFeed.Follower follower =
      new RegistryFeed.Follower() {
        @Override
        public void missed() {
          news.release();
        }

        @Override
        public void event(RegistryEvent event) {
          news.release();
        }
      };
  private final Thread thread;
  private volatile boolean closing;

  /// Starts reading.
  ///
  /// @param counted whether to count what is open for each: where there are other nodes
  /// @param changed told after each time; must not block
  public AbleAgents(
      Registry registry, Capabilities capabilities, boolean counted, Runnable changed) {
    this.registry = registry;
    this.capabilities = capabilities;
    this.counted = counted;
    this.changed = changed;
    registry.feed().follow(null, follower);
    this.thread = Thread.ofVirtual().name("aegis-able-agents").start(this::run);
  }

  private void run() {
    try {
      while (!closing) {
        long began = System.nanoTime();
        news.drainPermits();
        try {
          capabilities.update(registry.able(counted));
          changed.run();
        } catch (StoreException e) {
          log.debug("who is able stays as it was: {}", e.getMessage());
        } catch (RuntimeException e) { // or nobody new would ever be chosen again
          log.error("who is able could not be read", e);
        }
        long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        TimeUnit.MILLISECONDS.sleep(Math.max(SHORTEST_PAUSE_MILLIS, tookMillis * SHARE));
        news.tryAcquire(EVERY_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      log.trace("stopped", e);
    }
  }

  @Override
  public void close() {
    closing = true;
    registry.feed().leave(follower);
    thread.interrupt();
  }
}
