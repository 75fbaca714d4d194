package dev.aegis.bench.peers.wire;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/// Connects many clients, a few at a time.
public final class Connecting {
  /// As many as agents of Aegis.
  private static final int SIDE_BY_SIDE = 16;

  private static final int PATIENCE_SECONDS = 60;

  private Connecting() {}

  /// Returns when all are done.
  ///
  /// @throws IOException one failed, or took more than a minute
  public static void all(List<Supplier<CompletableFuture<Void>>> clients)
      throws IOException, InterruptedException {
    Semaphore places = new Semaphore(SIDE_BY_SIDE);
    CompletableFuture<Void> failed = new CompletableFuture<>();
    for (Supplier<CompletableFuture<Void>> client : clients) {
      if (!places.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("a client did not get connected within a minute");
      }
      if (failed.isDone()) {
        break;
      }
      client
          .get()
          .whenComplete((_, why) -> {
            if (why != null) {
              failed.completeExceptionally(why);
            }
            places.release();
          });
    }
    if (!places.tryAcquire(SIDE_BY_SIDE, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("a client did not get connected within a minute");
    }
    failed.complete(null);
    await(failed);
  }

  /// @throws IOException it failed, or took more than a minute
  public static <T> T await(CompletableFuture<T> future) throws IOException, InterruptedException {
    try {
      return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException("a client cannot be connected: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IOException("no answer within a minute", e);
    }
  }
}
