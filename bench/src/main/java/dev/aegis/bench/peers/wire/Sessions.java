package dev.aegis.bench.peers.wire;

import dev.aegis.bench.load.Loops;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// All sessions of a run, and what they run on. Confined to one thread.
public final class Sessions implements AutoCloseable {
  /// As many as agents of Aegis.
  private static final int SIDE_BY_SIDE = 16;

  private final Loops loops;
  private final List<Session> sessions = new ArrayList<>();

  public Sessions(int threads) {
    this.loops = new Loops(threads);
  }

  /// The event loops for one more group of sessions that send.
  public EventLoopGroup moreSenderLoops() {
    return loops.moreSenders();
  }

  /// The event loop for the next session that receives.
  public EventLoop receiverLoop() {
    return loops.receivers().next();
  }

  /// Connects them, a few at a time, and keeps them until the end. Returns when all are connected.
  ///
  /// @throws IOException one failed, or took more than a minute
  public void connect(List<? extends Session> which) throws IOException, InterruptedException {
    sessions.addAll(which);
    Semaphore places = new Semaphore(SIDE_BY_SIDE);
    CompletableFuture<Void> failed = new CompletableFuture<>();
    for (Session session : which) {
      acquire(places, 1);
      if (failed.isDone()) {
        break;
      }
      session
          .connect()
          .whenComplete((_, why) -> {
            if (why != null) {
              failed.completeExceptionally(why);
            }
            places.release();
          });
    }
    acquire(places, SIDE_BY_SIDE);
    failed.complete(null);
    Answers.await(failed);
  }

  private static void acquire(Semaphore places, int count)
      throws IOException, InterruptedException {
    if (!places.tryAcquire(count, Answers.PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("a client did not get connected within a minute");
    }
  }

  @Override
  public void close() {
    sessions.forEach(Session::close);
    loops.close();
  }
}
