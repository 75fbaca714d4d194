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
  private boolean writing;
  private boolean failing;

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

  boolean isIdle() {
    return !writing && finished.isEmpty();
  }

  private void moveTo(long mailboxEpoch) {
    if (mailboxEpoch != epoch) {
      epoch = mailboxEpoch;
      finished.clear();
      confirmed.clear();
    }
  }

  private void write() {
    if (writing || (finished.isEmpty() && confirmed.isEmpty())) {
      return;
    }
    writing = true;
    List<Processed> batch = finished;
    finished = new ArrayList<>();
    SequenceRanges ranges = confirmed.take(Integer.MAX_VALUE);
    long of = epoch;
    Thread.ofVirtual().name("aegis-processed-log").start(() -> write(of, ranges, batch));
  }

  private void write(long of, SequenceRanges ranges, List<Processed> batch) {
    Runnable outcome;
    try {
      if (ranges.count() > 0) {
        memory.confirmed(of, ranges);
      }
      if (!batch.isEmpty()) {
        memory.finished(batch);
      }
      outcome = () -> written(batch);
    } catch (IOException | RuntimeException e) {
      outcome = () -> failed(of, ranges, batch, e);
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

  private void failed(long of, SequenceRanges ranges, List<Processed> batch, Exception why) {
    if (!failing) {
      failing = true;
      log.warn("finished messages cannot be remembered, and are not acknowledged", why);
    }
    if (of == epoch) {
      confirmed.add(ranges);
      batch.addAll(finished);
      finished = batch;
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
