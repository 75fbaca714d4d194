package dev.aegis.gateway.router;

import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.Stage;
import java.util.concurrent.atomic.LongAdder;

/// What the router counts, since it started. Any thread.
public final class GatewayCounters {
  private static final int CLASSES = Priority.values().length;
  private static final int GUARANTEES = Guarantee.values().length;

  private final LongAdder[] received = adders(CLASSES * GUARANTEES);
  private final LongAdder[] delivered = adders(CLASSES * 2);
  private final LongAdder[] refused = adders(ErrorCode.values().length + 1);
  private final LongAdder[] reached = adders(Stage.values().length + 1);
  private final LongAdder[] redriven = adders(CLASSES * GUARANTEES);
  private final LongAdder[] discarded = adders(CLASSES * GUARANTEES);
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder windows = new LongAdder();
  private final LongAdder badWindows = new LongAdder();
  private final LongAdder lostReplies = new LongAdder();
  private final LongAdder pages = new LongAdder();
  private final LongAdder pausedReads = new LongAdder();

  private static LongAdder[] adders(int count) {
    LongAdder[] made = new LongAdder[count];
    for (int i = 0; i < count; i++) {
      made[i] = new LongAdder();
    }
    return made;
  }

  void countReceived(Priority priority, Guarantee guarantee, int bytes) {
    received[priority.wire() * GUARANTEES + guarantee.wire()].increment();
    receivedBytes.add(bytes);
  }

  void countDelivered(Priority priority, boolean durable) {
    delivered[priority.wire() * 2 + (durable ? 1 : 0)].increment();
  }

  void countRefused(ErrorCode code) {
    refused[code.wire()].increment();
  }

  void countReached(Stage stage, long messages) {
    reached[stage.wire()].add(messages);
  }

  void countWindow() {
    windows.increment();
  }

  void countBadWindow() {
    badWindows.increment();
  }

  void countLostReply() {
    lostReplies.increment();
  }

  void countPage() {
    pages.increment();
  }

  void countPausedRead() {
    pausedReads.increment();
  }

  /// An admin had a dead letter stored anew; its wire codes.
  public void countRedriven(int priority, int guarantee) {
    redriven[priority * GUARANTEES + guarantee].increment();
  }

  /// An admin settled a dead letter; its wire codes.
  public void countDiscarded(int priority, int guarantee) {
    discarded[priority * GUARANTEES + guarantee].increment();
  }

  /// Messages that came in, admitted or not.
  public long received(Priority priority, Guarantee guarantee) {
    return received[priority.wire() * GUARANTEES + guarantee.wire()].sum();
  }

  public long receivedBytes() {
    return receivedBytes.sum();
  }

  /// Messages handed to recipients' outboxes, redeliveries included.
  public long delivered(Priority priority, boolean durable) {
    return delivered[priority.wire() * 2 + (durable ? 1 : 0)].sum();
  }

  public long refused(ErrorCode code) {
    return refused[code.wire()].sum();
  }

  /// Durable messages that came to a stage, on disk.
  public long reached(Stage stage) {
    return reached[stage.wire()].sum();
  }

  /// Signing windows that verified.
  public long windows() {
    return windows.sum();
  }

  /// Sessions ended by a signing window that did not verify or was overdue.
  public long badWindows() {
    return badWindows.sum();
  }

  /// Errors that could not be told because the sender's lanes were full.
  public long lostReplies() {
    return lostReplies.sum();
  }

  /// Pages of mailboxes read from the store.
  public long pages() {
    return pages.sum();
  }

  /// How often reading from an agent stopped for lack of credit or for a look-up.
  public long pausedReads() {
    return pausedReads.sum();
  }
}
