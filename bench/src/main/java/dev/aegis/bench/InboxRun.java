package dev.aegis.bench;

import dev.aegis.bench.report.Figures;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.protocol.Priority;
import dev.aegis.store.fabric.FabricLimits;
import dev.aegis.store.fabric.FabricListener;
import dev.aegis.store.fabric.FabricNode;
import dev.aegis.store.fabric.FabricState;
import dev.aegis.store.fabric.RedisFabric;
import dev.aegis.store.fabric.RedisSettings;
import dev.aegis.store.fabric.SendResult;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/// The steps of `aegis bench inbox`: one sender, one reader, on the same Redis one after the other.
final class InboxRun {
  private static final long WARMUP_SECONDS = 5;
  private static final long READER = 2;

  /// Messages that are under way at most, in every step.
  private static final int WINDOW = 16_384;

  private static final long FULL_PAUSE_NANOS = 100_000;

  private final String url;
  private final byte[] message;
  private final long seconds;
  private final Figures figures;

  private double rawRate;
  private int perEntry = 1;

  InboxRun(String url, int size, long seconds, Figures figures) {
    this.url = url;
    this.message = new byte[size];
    new SecureRandom().nextBytes(message);
    this.seconds = seconds;
    this.figures = figures;
  }

  void raw() throws InterruptedException {
    rawRate = raw(1);
    figures.number("rawMessagesPerSecond", rawRate);
  }

  void rawCoalesced() throws InterruptedException {
    double entries = raw(perEntry);
    figures
        .number("coalescedEntriesPerSecond", entries)
        .number("coalescedMessagesPerEntry", (double) perEntry)
        .number("coalescedMessagesPerSecond", entries * perEntry)
        .number("coalescedOfRaw", entries * perEntry / rawRate);
  }

  /// Entries a second.
  private double raw(int messages) throws InterruptedException {
    int window = Math.max(8, WINDOW / messages);
    try (RawInbox inbox = RawInbox.open(url, new byte[message.length * messages], window)) {
      TimeUnit.SECONDS.sleep(Math.min(seconds, WARMUP_SECONDS));
      long before = inbox.removed();
      long began = System.nanoTime();
      TimeUnit.SECONDS.sleep(seconds);
      return (inbox.removed() - before) / ((System.nanoTime() - began) / 1e9);
    }
  }

  void fabric() throws InterruptedException {
    Count count = new Count();
    byte[] keyset = StorageCipher.newKeyset();
    AtomicBoolean stop = new AtomicBoolean();
    try (RedisFabric reader = open(keyset, READER, count);
        RedisFabric sender = open(keyset, 1, new Count())) {
      Thread feed = Thread.ofPlatform().name("feed").start(() -> feed(sender, stop));
      TimeUnit.SECONDS.sleep(Math.min(seconds, WARMUP_SECONDS));
      FabricState before = reader.state();
      long began = System.nanoTime();
      TimeUnit.SECONDS.sleep(seconds);
      double took = (System.nanoTime() - began) / 1e9;
      FabricState after = reader.state();
      stop.set(true);
      feed.join();
      double messages = after.receivedFlights() - before.receivedFlights();
      double entries = after.receivedEntries() - before.receivedEntries();
      perEntry = (int) Math.max(1, Math.round(messages / Math.max(1, entries)));
      figures
          .number("fabricMessagesPerSecond", messages / took)
          .number("fabricEntriesPerSecond", entries / took)
          .number("fabricMessagesPerEntry", messages / Math.max(1, entries))
          .number("fabricFull", (double) sender.state().full())
          .number("fabricUnavailable", (double) sender.state().unavailable())
          .number("fabricReplays", (double) after.replays())
          .number("fabricOfRaw", messages / took / rawRate);
    }
  }

  private RedisFabric open(byte[] keyset, long id, FabricListener listener) {
    return RedisFabric.open(
        RedisSettings.of(url),
        new FabricNode("bench", id),
        FabricLimits.defaults(),
        StorageCipher.fromKeyset(keyset),
        listener,
        new SecureRandom());
  }

  private void feed(RedisFabric sender, AtomicBoolean stop) {
    Semaphore room = new Semaphore(WINDOW);
    AtomicBoolean full = new AtomicBoolean();
    while (!stop.get()) {
      room.acquireUninterruptibly();
      sender
          .send(READER, Priority.NORMAL, message)
          .thenAccept(result -> {
            room.release();
            if (result != SendResult.SENT) {
              full.set(true);
            }
          });
      if (full.getAndSet(false)) {
        LockSupport.parkNanos(FULL_PAUSE_NANOS);
      }
    }
    room.acquireUninterruptibly(WINDOW);
  }

  /// A listener that looks at nothing: the fabric counts.
  private static final class Count implements FabricListener {
    private final LongAdder bytes = new LongAdder();

    @Override
    public void received(long fromNode, Priority priority, List<byte[]> flights) {
      flights.forEach(each -> bytes.add(each.length));
    }

    @Override
    public void published(String channel, byte[] flight) {
      bytes.add(flight.length);
    }

    @Override
    public void inboxLost() {
      throw new IllegalStateException("the Redis was flushed while it was measured");
    }
  }
}
