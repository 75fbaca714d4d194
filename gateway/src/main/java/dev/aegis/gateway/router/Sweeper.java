package dev.aegis.gateway.router;

import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Offer;
import dev.aegis.store.Progress;
import dev.aegis.store.StoreException;
import dev.aegis.store.StoredMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends stored messages whose time has passed while nobody took them. Those of connected agents are
/// left to their mailboxes, which know what is on its way. A thread of its own.
public final class Sweeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);
  private static final int BATCH = 5_000;
  private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(10);

  private final RouterContext context;
  private final long everyMillis;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread;

  /// Starts sweeping.
  Sweeper(RouterContext context, Duration every) {
    this.context = context;
    this.everyMillis = every.toMillis();
    this.thread = Thread.ofVirtual().name("aegis-sweeper").start(this::run);
  }

  private void run() {
    try {
      while (!ended.await(everyMillis, TimeUnit.MILLISECONDS)) {
        try {
          while (sweep() == BATCH && ended.getCount() > 0) {
            LOG.debug("more has expired");
          }
        } catch (StoreException | TimeoutException e) {
          LOG.debug("not swept: {}", e.getMessage());
        } catch (ExecutionException e) {
          LOG.warn("not swept", e);
        }
      }
    } catch (InterruptedException e) {
      LOG.trace("the sweeper was stopped", e);
    }
  }

  /// @return how many were ended
  private int sweep() throws InterruptedException, ExecutionException, TimeoutException {
    long now = context.gate().nowMillis();
    Map<String, List<StoredMessage>> byRecipient = new LinkedHashMap<>();
    for (StoredMessage message : context.messages().expired(now, BATCH)) {
      byRecipient.computeIfAbsent(message.recipient(), _ -> new ArrayList<>()).add(message);
    }
    List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
    List<String> elsewhere = new ArrayList<>();
    int count = 0;
    for (Map.Entry<String, List<StoredMessage>> entry : byRecipient.entrySet()) {
      String recipient = entry.getKey();
      if (!context.journal().mailboxes().owns(recipient)) {
        elsewhere.add(recipient);
        continue;
      }
      Peer connected = context.peers().find(recipient);
      if (connected != null) {
        connected.onLoop(() -> connected.owed().expired(entry.getValue()));
      } else {
        count += end(recipient, entry.getValue(), now, waiting);
      }
    }
    if (!elsewhere.isEmpty()) {
      context.others().adopt(elsewhere); // those that nobody owns are swept the next time
    }
    for (CompletableFuture<Boolean> done : waiting) {
      done.get(COMMIT_PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    return count;
  }

  private int end(
      String recipient,
      List<StoredMessage> messages,
      long now,
      List<CompletableFuture<Boolean>> waiting) {
    long epoch = messages.getFirst().mailboxEpoch();
    List<StoredMessage> ofEpoch = messages.stream().filter(m -> m.mailboxEpoch() == epoch).toList();
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    long[] sequences = ofEpoch.stream().mapToLong(StoredMessage::sequence).toArray();
    Offer offer =
        context
            .journal()
            .offer(
                new Progress(
                    recipient,
                    epoch,
                    SequenceRanges.of(sequences).bounds(),
                    MessageStatus.EXPIRED,
                    ErrorCode.EXPIRED.label(),
                    now,
                    0,
                    new Origin.FromSweeper(ofEpoch, done)));
    if (offer != Offer.ACCEPTED) {
      return 0;
    }
    waiting.add(done);
    return ofEpoch.size();
  }

  @Override
  public void close() {
    ended.countDown();
    thread.interrupt();
  }
}
