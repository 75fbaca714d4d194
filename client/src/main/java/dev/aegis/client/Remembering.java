package dev.aegis.client;

import dev.aegis.client.ProcessedLog.Processed;
import dev.aegis.protocol.SequenceRanges;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has the processed log remember what handlers finish, and only then lets it be acknowledged.
/// While one batch is being written the next one gathers. Confined to the event loop; the log
/// itself is called on a virtual thread, one at a time.
///
/// What cannot be written is tried again each second and not acknowledged meanwhile; as the gateway
/// stops delivering when too much is unacknowledged, no more than that gathers.
final class Remembering {
  private static final Logger log = LoggerFactory.getLogger(Remembering.class);
  private static final long RETRY_MILLIS = 1_000;

  private final ProcessedLog memory;
  private final EventLoop loop;
  private final Consumer<List<Processed>> remembered;
  private final SequenceSet confirmed = new SequenceSet();
  private List<Processed> finished = new ArrayList<>();
  private long epoch;
  private long rewoundTo;
  private boolean writing;
  private boolean failing;

  /// What one call of the log's thread writes.
  private record Batch(
      long epoch, long rewoundTo, SequenceRanges confirmed, List<Processed> finished) {}

  /// @param remembered told on the event loop what may now be acknowledged
  Remembering(ProcessedLog memory, EventLoop loop, Consumer<List<Processed>> remembered) {
    this.memory = memory;
    this.loop = loop;
    this.remembered = remembered;
  }

  void finished(Processed message) {
    if (!memory.isDurable()) {
      remembered.accept(List.of(message));
      return;
    }
    moveTo(message.mailboxEpoch());
    finished.add(message);
    write();
  }

  void confirmed(long mailboxEpoch, SequenceRanges sequences) {
    if (memory.isDurable()) {
      moveTo(mailboxEpoch);
      confirmed.add(sequences);
      write();
    }
  }

  /// The mailbox has gone back: places from `nextSequence` on are given out again.
  void rewound(long mailboxEpoch, long nextSequence) {
    if (memory.isDurable()) {
      moveTo(mailboxEpoch);
      confirmed.clear();
      rewoundTo = rewoundTo == 0 ? nextSequence : Math.min(rewoundTo, nextSequence);
      write();
    }
  }

  boolean isIdle() {
    return !writing && finished.isEmpty();
  }

  private void moveTo(long mailboxEpoch) {
    if (mailboxEpoch != epoch) {
      epoch = mailboxEpoch;
      finished.clear();
      confirmed.clear();
      rewoundTo = 0;
    }
  }

  private void write() {
    if (writing || (finished.isEmpty() && confirmed.isEmpty() && rewoundTo == 0)) {
      return;
    }
    writing = true;
    List<Processed> batch = finished;
    finished = new ArrayList<>();
    Batch next = new Batch(epoch, rewoundTo, confirmed.take(Integer.MAX_VALUE), batch);
    rewoundTo = 0;
    Thread.ofVirtual().name("aegis-processed-log").start(() -> write(next));
  }

  private void write(Batch batch) {
    Runnable outcome;
    try {
      if (batch.rewoundTo > 0) {
        memory.rewound(batch.epoch, batch.rewoundTo);
      }
      if (batch.confirmed.count() > 0) {
        memory.confirmed(batch.epoch, batch.confirmed);
      }
      if (!batch.finished.isEmpty()) {
        memory.finished(batch.finished);
      }
      outcome = () -> written(batch.finished);
    } catch (IOException | RuntimeException e) {
      outcome = () -> failed(batch, e);
    }
    try {
      loop.execute(outcome);
    } catch (RejectedExecutionException e) {
      log.debug("the client has ended meanwhile", e);
    }
  }

  private void written(List<Processed> batch) {
    writing = false;
    failing = false;
    remembered.accept(batch);
    write();
  }

  private void failed(Batch batch, Exception why) {
    if (!failing) {
      failing = true;
      log.warn("finished messages cannot be remembered, and are not acknowledged", why);
    }
    if (batch.epoch == epoch) {
      if (rewoundTo == 0) { // or what was confirmed before says nothing any more
        confirmed.add(batch.confirmed);
        rewoundTo = batch.rewoundTo;
      }
      List<Processed> all = new ArrayList<>(batch.finished);
      all.addAll(finished);
      finished = all;
    }
    loop.schedule(
        () -> {
          writing = false;
          write();
        },
        RETRY_MILLIS,
        TimeUnit.MILLISECONDS);
  }
}
