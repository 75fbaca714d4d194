package dev.aegis.bench.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// Appends entries of many threads to one file; what comes while the disk is busy goes down
/// together. Thread-safe. At most [#MAX_WAITING] entries wait; whoever offers more has broken the
/// bound that its window sets, and gets an exception.
final class LedgerWriter {
  static final int MAX_WAITING = 1 << 16;

  private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(MAX_WAITING);
  private final LedgerFile file;

  private record Waiting(Entry entry, CompletableFuture<Void> written) {}

  private LedgerWriter(LedgerFile file) {
    this.file = file;
  }

  /// Begins to write on a file, for as long as this process lives.
  ///
  /// @param known gets what is in it
  static LedgerWriter start(Path path, Consumer<Entry> known) throws IOException {
    LedgerWriter writer = new LedgerWriter(LedgerFile.open(path, known));
    Thread.ofPlatform().name("chaos-ledger").daemon().start(writer::run);
    return writer;
  }

  /// Never blocks.
  ///
  /// @return completes when the entry is on disk
  CompletableFuture<Void> append(Entry entry) {
    Waiting waiting = new Waiting(entry, new CompletableFuture<>());
    if (!queue.offer(waiting)) {
      throw new IllegalStateException("more entries wait than all windows allow");
    }
    return waiting.written;
  }

  private void run() {
    List<Waiting> batch = new ArrayList<>();
    try {
      while (true) {
        batch.add(queue.take());
        queue.drainTo(batch);
        write(batch);
        batch.clear();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // nobody does; the thread ends with the process
    }
  }

  private void write(List<Waiting> batch) {
    try {
      file.append(batch.stream().map(Waiting::entry).toList());
      batch.forEach(waiting -> waiting.written.complete(null));
    } catch (IOException e) {
      batch.forEach(waiting -> waiting.written.completeExceptionally(e));
    }
  }
}
