package dev.aegis.bench;

import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Accept;
import dev.aegis.store.Discard;
import dev.aegis.store.Journal;
import dev.aegis.store.JournalEntry;
import dev.aegis.store.JournalListener;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Offer;
import dev.aegis.store.Progress;
import dev.aegis.store.Release;
import dev.aegis.store.SignedWindow;
import dev.aegis.store.StoreException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/// Offers a journal as much as it takes, in messages of one size to some mailboxes, and counts what
/// it reports. Offers come from one thread, reports from the journal's.
final class JournalFeed implements JournalListener {
  private static final long PAUSE_NANOS = 100_000;

  private final int recipients;
  private final byte[] envelope;
  private final SplittableRandom random = new SplittableRandom(42);
  private final Uuid7 ids = new Uuid7(InstantSource.system(), random);
  private final AtomicLong stored = new AtomicLong();
  private final AtomicLong finished = new AtomicLong();
  private final Queue<Progress> acks = new ConcurrentLinkedQueue<>();
  private final Recorder latencies = new Recorder(3);
  private volatile boolean acknowledging;

  JournalFeed(int recipients, byte[] envelope) {
    this.recipients = recipients;
    this.envelope = envelope;
  }

  @Override
  public void committed(List<JournalEntry> entries) {
    Map<String, Accept> first = new LinkedHashMap<>();
    Map<String, Accept> last = new LinkedHashMap<>();
    long now = System.nanoTime();
    long accepts = 0;
    for (JournalEntry entry : entries) {
      switch (entry) {
        case Accept accept -> {
          accepts++;
          if (accept.origin() instanceof Long offeredAt) {
            latencies.recordValue(Math.max(0, now - offeredAt));
          }
          first.putIfAbsent(accept.recipient(), accept);
          last.put(accept.recipient(), accept);
        }
        case Progress progress -> {
          long[] range = progress.ranges();
          finished.addAndGet(range[1] - range[0] + 1);
        }
        case Discard _, Release _, SignedWindow _ -> {}
      }
    }
    if (acknowledging) {
      first.forEach((recipient, accept) -> acks.add(acknowledged(accept, last.get(recipient))));
    }
    stored.addAndGet(accepts);
  }

  /// What an agent says of the messages that came to it in one segment.
  private static Progress acknowledged(Accept first, @Nullable Accept last) {
    long end = last == null ? first.sequence() : last.sequence();
    return new Progress(
        first.recipient(),
        first.mailboxEpoch(),
        new long[] {first.sequence(), end},
        MessageStatus.PROCESSED,
        null,
        first.acceptedAtMillis(),
        0,
        null);
  }

  @Override
  public void refused(List<JournalEntry> entries, StoreException why) {
    throw new IllegalStateException("the journal refused " + entries.size(), why);
  }

  long stored() {
    return stored.get();
  }

  long finished() {
    return finished.get();
  }

  /// From the offer to the report of the commit, in nanoseconds, since it was last asked for.
  Histogram latencies() {
    return latencies.getIntervalHistogram();
  }

  /// Returns once so many more are on disk, and acknowledged if they are to be.
  void messages(Journal journal, long count, boolean acknowledge) {
    acknowledging = acknowledge;
    AtomicLong awaited = acknowledge ? finished : stored;
    long until = awaited.get() + count;
    for (long i = 0; i < count; i++) {
      message(journal, i);
    }
    while (awaited.get() < until) {
      acknowledge(journal);
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /// Offers for so long; what is under way then is not waited for.
  void seconds(Journal journal, long seconds, boolean acknowledge, Runnable meanwhile) {
    acknowledging = acknowledge;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (long i = 0; System.nanoTime() < end; i++) {
      message(journal, i);
      if (i % 4_096 == 0) {
        meanwhile.run();
      }
    }
  }

  private void message(Journal journal, long number) {
    offer(
        journal,
        Accept.of(ids.next(), "sender", "agent-" + number % recipients, envelope)
            .routing(1, 2, 1)
            .type("task")
            .times(System.currentTimeMillis(), 0)
            .origin(System.nanoTime())
            .build());
    acknowledge(journal);
  }

  private void acknowledge(Journal journal) {
    for (Progress ack = acks.poll(); ack != null; ack = acks.poll()) {
      offer(journal, ack);
    }
  }

  private static void offer(Journal journal, JournalEntry entry) {
    while (true) {
      Offer offer = journal.offer(entry);
      switch (offer) {
        case ACCEPTED -> {
          return;
        }
        case FULL -> LockSupport.parkNanos(PAUSE_NANOS);
        case UNAVAILABLE, CLOSED -> throw new IllegalStateException("the journal is " + offer);
      }
    }
  }
}
