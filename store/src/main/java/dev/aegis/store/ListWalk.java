package dev.aegis.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Walks from the newest message to the oldest in spans of time, each longer or shorter by what the
/// last one took. A call that has done its share ends with the position where the next one goes on,
/// and with how long a span it would have read next.
final class ListWalk {
  /// More rows than these in one span are not sorted; it is shortened.
  static final int SPAN_ROWS = 4_000;

  private static final long FIRST_SPAN_MILLIS = TimeUnit.MINUTES.toMillis(1);
  private static final long LONGEST_SPAN_MILLIS = TimeUnit.DAYS.toMillis(3_650);
  private static final int SHORTER = 16;

  /// What takes too long has cost seconds already: two steps down from the first span are one
  /// millisecond.
  private static final int MUCH_SHORTER = 256;

  private static final int MUCH_LONGER = 8;
  private static final int LONGER = 4;
  private static final int FEW_ROWS = SPAN_ROWS / MUCH_LONGER;
  private static final long QUICK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /// When a call ends with what it has.
  private static final long SHARE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Spans spans;
  private final LongSupplier nanoTime;

  ListWalk(Spans spans, LongSupplier nanoTime) {
    this.spans = spans;
    this.nanoTime = nanoTime;
  }

  /// Reads the newest messages of a span of time.
  interface Spans {
    /// @param from where it begins, exclusive
    /// @param oldestMillis where it ends, inclusive
    /// @param divisible whether it may answer without messages that it is to be asked for less
    Span read(MessageList.Position from, long oldestMillis, int limit, boolean divisible);
  }

  /// What came of a span.
  enum End {
    READ,
    /// It has more than can be sorted at once.
    TOO_MANY,
    /// It took too long.
    TOO_LONG
  }

  /// @param messages none unless it was read
  record Span(List<StoredMessage> messages, End end) {
    static Span unread(End why) {
      return new Span(List.of(), why);
    }
  }

  /// @param fromMillis where the list ends
  /// @param nowMillis what no message is expected to be newer than by much
  MessageList page(MessageList.Position from, long fromMillis, int limit, long nowMillis) {
    List<StoredMessage> found = new ArrayList<>();
    MessageList.Position at = from;
    int steps = 0;
    long length = from.spanMillis() == 0 ? FIRST_SPAN_MILLIS : from.spanMillis();
    long tookBefore = 0;
    long began = nanoTime.getAsLong();
    while (true) {
      length = Math.clamp(length, 1, LONGEST_SPAN_MILLIS);
      long oldest = Math.max(fromMillis, Math.min(at.atMillis(), nowMillis) - length);
      long spanBegan = nanoTime.getAsLong();
      Span span = spans.read(at, oldest, limit - found.size(), length > 1);
      long now = nanoTime.getAsLong();
      long took = now - spanBegan;
      long next = next(length, span, took, tookBefore);
      if (span.end == End.READ) {
        found.addAll(span.messages);
        if (found.size() == limit) {
          return new MessageList(found, MessageList.Position.of(found.getLast()).withSpan(length));
        }
        if (oldest <= fromMillis) {
          return new MessageList(found, null);
        }
        at = MessageList.Position.before(oldest);
        steps++;
      }
      // Without a step forward the next call would stand where this one does.
      if (now - began > SHARE_NANOS && steps > 0) {
        return new MessageList(found, at.withSpan(next));
      }
      length = next;
      tookBefore = took;
    }
  }

  private static long next(long length, Span span, long took, long tookBefore) {
    return switch (span.end) {
      case TOO_MANY -> length / SHORTER;
      case TOO_LONG -> length / MUCH_SHORTER;
      case READ -> {
        if (span.messages.size() >= FEW_ROWS) {
          yield length;
        }
        if (took < QUICK_NANOS) {
          yield length * MUCH_LONGER;
        }
        // However short a span is, all ranges of an index are looked at: what takes as long as the
        // shorter one before it pays.
        if (took < SLOW_NANOS || took < 2 * tookBefore) {
          yield length * LONGER;
        }
        yield length / 2;
      }
    };
  }
}
