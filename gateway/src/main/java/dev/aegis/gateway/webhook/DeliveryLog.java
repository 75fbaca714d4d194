package dev.aegis.gateway.webhook;

import dev.aegis.store.StoreException;
import dev.aegis.store.WebhookDelivery;
import dev.aegis.store.WebhookLogStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Attempts to post messages on their way to the database, where many are written at once. What
/// finds no room, because the database is away for long, is not written: it is for people to look
/// at, and no promise. Thread-safe; only [#flush] blocks.
final class DeliveryLog {
  private static final Logger log = LoggerFactory.getLogger(DeliveryLog.class);
  private static final int MOST = 16_384;
  private static final int BATCH = 1_024;

  private final WebhookLogStore store;
  private final ArrayBlockingQueue<WebhookDelivery> waiting = new ArrayBlockingQueue<>(MOST);
  private final List<WebhookDelivery> writing = new ArrayList<>();
  private final LongAdder dropped = new LongAdder();

  DeliveryLog(WebhookLogStore store) {
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
        store.append(writing);
        writing.clear();
      } while (!waiting.isEmpty());
    } catch (StoreException e) {
      log.debug("deliveries wait for the database: {}", e.getMessage());
    }
  }
}
