package dev.aegis.bench.peers.wire;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Waits for what a server says.
public final class Answers {
  static final int PATIENCE_SECONDS = 60;

  private Answers() {}

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
