package dev.aegis.gateway.cli;

import dev.aegis.client.AegisException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Waits for a future and gives back what it holds or threw; [NoAnswerException] at the end of its
/// time.
final class Await {
  private Await() {}

  static <T> T result(CompletableFuture<T> future, Duration timeout, String what)
      throws IOException {
    try {
      return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AegisException known) {
        throw known;
      }
      throw new IOException(what, e.getCause());
    } catch (TimeoutException e) {
      throw new NoAnswerException(what + ": nothing after " + timeout.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(what + ": interrupted", e);
    }
  }
}
