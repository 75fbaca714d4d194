package dev.aegis.gateway.dispatch;

import dev.aegis.gateway.session.Session;
import dev.aegis.protocol.CloseCode;
import io.netty.util.concurrent.EventExecutor;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The only door into the sessions of one event loop. Any thread offers; the loop drains the lanes
/// in batches, and flushes every session that a batch touched once. At most one wake-up is under
/// way.
public final class Dispatcher {
  /// When an offer that found a lane full should be tried again.
  public static final long RETRY_MILLIS = 100;

  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  private final EventExecutor loop;
  private final Lanes<Outbound> lanes;
  private final AtomicBoolean awake = new AtomicBoolean();
  private final Set<Session> touched = new LinkedHashSet<>();
  private final Consumer<Session> run = this::run;
  private @Nullable Outbound running;

  public Dispatcher(EventExecutor loop, LaneBounds bounds) {
    this.loop = loop;
    this.lanes = new Lanes<>(bounds);
  }

  /// Any thread; never blocks.
  public LaneOffer offer(Outbound item) {
    if (!lanes.offer(item)) {
      return LaneOffer.FULL;
    }
    return wake() ? LaneOffer.ACCEPTED : LaneOffer.CLOSED;
  }

  /// Has the session flushed with the next drain. On the loop.
  public void touch(Session session) {
    touched.add(session);
    wake();
  }

  /// How many items of a class wait. Any thread.
  public int depth(int lane) {
    return lanes.depth(lane);
  }

  /// How many bytes wait. Any thread.
  public long bytes() {
    return lanes.bytes();
  }

  private boolean wake() {
    if (awake.get() || !awake.compareAndSet(false, true)) {
      return true;
    }
    try {
      loop.execute(this::drain);
      return true;
    } catch (RejectedExecutionException e) {
      LOG.debug("event loop has ended", e);
      return false;
    }
  }

  private void drain() {
    // Before the lanes are looked at: an offer from here on makes a wake-up of its own.
    awake.set(false);
    lanes.drain(item -> {
      running = item;
      item.recipients(run);
    });
    running = null;
    for (Session session : touched) {
      session.outbox().flush();
    }
    touched.clear();
    if (!lanes.isEmpty()) {
      wake();
    }
  }

  private void run(Session recipient) {
    touched.add(recipient);
    try {
      Objects.requireNonNull(running).run(recipient);
    } catch (RuntimeException e) {
      LOG.warn("delivery to {} failed", recipient, e);
      recipient.close(CloseCode.INTERNAL_ERROR);
    }
  }
}
