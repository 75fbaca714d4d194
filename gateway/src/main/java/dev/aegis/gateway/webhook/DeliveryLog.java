package dev.aegis.gateway.webhook;

import dev.aegis.store.StoreException;
import dev.aegis.store.WebhookDelivery;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Attempts to post messages on their way to the database, where many are written at once. What
/// finds no room, because the database is away for long, is not written: it is for people to look
/// at, and no promise. Thread-safe; only [#flush] blocks.
final class DeliveryLog {
  private static final Logger log = LoggerFactory.getLogger(DeliveryLog.class);
  private static final int MOST = 16_384;
  private static final int BATCH = 1_024;

  private final Consumer<List<WebhookDelivery>> store;
  private final ArrayBlockingQueue<WebhookDelivery> waiting = new ArrayBlockingQueue<>(MOST);
  private final List<WebhookDelivery> writing = new ArrayList<>();
  private final LongAdder dropped = new LongAdder();

  /// @param store writes many at once, or none
  DeliveryLog(Consumer<List<WebhookDelivery>> store) {
    this.store = store;
  }

  void add(WebhookDelivery delivery) {
    if (!waiting.offer(delivery)) {
      dropped.increment();
    }
  }

  long dropped() {
    return dropped.sum();
  }

  /// Writes what waits. What cannot be written now is tried again with the next call.
  synchronized void flush() {
    try {
      do {
        waiting.drainTo(writing, BATCH - writing.size());
        try {
          store.accept(writing);
        } catch (StoreException.Rejected e) {
          writeEach(e);
        }
        writing.clear();
      } while (!waiting.isEmpty());
    } catch (StoreException e) {
      log.debug("deliveries wait for the database: {}", e.getMessage());
    }
  }

  /// Something among them will never be written, and must not hold up the rest.
  private void writeEach(StoreException.Rejected why) {
    int lost = 0;
    while (!writing.isEmpty()) {
      try {
        store.accept(List.of(writing.getFirst()));
      } catch (StoreException.Rejected _) {
        lost++;
        dropped.increment();
      }
      writing.removeFirst();
    }
    log.warn("{} deliveries are not written down, which the database refuses", lost, why);
  }
}
