package dev.aegis.client;

import dev.aegis.protocol.Message;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Tells the gateway of messages whose handlers take long that they are still being worked on: an
/// ack of stage 2 starts the time anew after which it would deliver them again (PROTOCOL.md section
/// 8). Confined to the event loop.
final class SignsOfLife {
  /// A message whose sender allows so many seconds is told of at least three times in them.
  private static final int TIMES_PER_TIMEOUT = 3;

  private static final int MAX_DIGITS = 9;

  private final Inbox inbox;
  private final EventLoop loop;
  private final LongSupplier nanoTime;
  private final Runnable flush;
  private final long everyNanos;
  private @Nullable ScheduledFuture<?> next;
  private long nextNanos;

  /// @param every between two signs of life, at most
  /// @param flush sends the acks that the inbox has to send
  SignsOfLife(Inbox inbox, EventLoop loop, LongSupplier nanoTime, Duration every, Runnable flush) {
    this.inbox = inbox;
    this.loop = loop;
    this.nanoTime = nanoTime;
    this.everyNanos = every.toNanos();
    this.flush = flush;
  }

  /// How often the gateway is to hear of a message like this.
  long everyNanos(Message message) {
    String timeout = message.metadata().get("timeout");
    if (timeout == null || timeout.isEmpty() || timeout.length() > MAX_DIGITS) {
      return everyNanos;
    }
    long seconds = 0;
    for (int i = 0; i < timeout.length(); i++) {
      int digit = timeout.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return everyNanos;
      }
      seconds = seconds * 10 + digit;
    }
    return seconds == 0
        ? everyNanos
        : Math.min(everyNanos, TimeUnit.SECONDS.toNanos(seconds) / TIMES_PER_TIMEOUT);
  }

  /// A message was taken that the gateway is to hear of so often.
  void taken(long every) {
    long due = nanoTime.getAsLong() + every;
    if (next == null || due - nextNanos < 0) {
      schedule(every);
    }
  }

  void stop() {
    if (next != null) {
      next.cancel(false);
      next = null;
    }
  }

  private void schedule(long wait) {
    stop();
    nextNanos = nanoTime.getAsLong() + wait;
    next = loop.schedule(this::tell, wait, TimeUnit.NANOSECONDS);
  }

  private void tell() {
    next = null;
    long wait = inbox.renew(nanoTime.getAsLong());
    if (wait != InHand.NEVER) {
      schedule(wait);
    }
    flush.run();
  }
}
