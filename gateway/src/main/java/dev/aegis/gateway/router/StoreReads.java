package dev.aegis.gateway.router;

import dev.aegis.store.StoreException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

/// Runs blocking calls of the store off the event loops, a bounded number at once.
final class StoreReads {
  private final Executor executor;
  private final Semaphore permits;

  /// @param executor may block: a virtual thread for each task
  StoreReads(Executor executor, int atOnce) {
    this.executor = executor;
    this.permits = new Semaphore(atOnce, true);
  }

  /// The result, or what the read threw. Completed on a thread of the executor.
  <T> CompletableFuture<T> read(String what, Callable<T> query) {
    CompletableFuture<T> result = new CompletableFuture<>();
    executor.execute(() -> {
      permits.acquireUninterruptibly();
      try {
        result.complete(query.call());
      } catch (StoreException e) {
        result.completeExceptionally(e);
      } catch (Exception | Error e) {
        result.completeExceptionally(new IllegalStateException("reading " + what + " failed", e));
      } finally {
        permits.release();
      }
    });
    return result;
  }
}
