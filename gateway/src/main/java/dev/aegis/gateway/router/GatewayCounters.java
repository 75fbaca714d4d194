package dev.aegis.gateway.router;

import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/// What the router counts, since it started. Any thread.
public final class GatewayCounters {
  private static final int CLASSES = Priority.values().length;
  private static final int GUARANTEES = Guarantee.values().length;

  private final LongAdder[] received = adders(CLASSES * GUARANTEES);
  private final LongAdder[] transitions = adders(Transition.count() * CLASSES * GUARANTEES);
  private final LongAdder[] refused = adders(ErrorCode.values().length + 1);
  private final Map<Failure, LongAdder[]> failures = new EnumMap<>(Failure.class);
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder windows = new LongAdder();
  private final LongAdder badWindows = new LongAdder();
  private final LongAdder lostReplies = new LongAdder();
  private final LongAdder pages = new LongAdder();
  private final LongAdder pausedReads = new LongAdder();
  private final FanOutCounters broadcasts = new FanOutCounters();
  private final TopicCounters topics = new TopicCounters();
  private final StepTimes times;

  public GatewayCounters(StepTimes times) {
    this.times = times;
    for (Failure failure : Failure.values()) {
      failures.put(failure, adders(ErrorCode.values().length + 1));
    }
  }

  private static LongAdder[] adders(int count) {
    LongAdder[] made = new LongAdder[count];
    for (int i = 0; i < count; i++) {
      made[i] = new LongAdder();
    }
    return made;
  }

  private static int place(Priority priority, Guarantee guarantee) {
    return priority.wire() * GUARANTEES + guarantee.wire();
  }

  void countReceived(Priority priority, Guarantee guarantee, int bytes) {
    received[place(priority, guarantee)].increment();
    receivedBytes.add(bytes);
  }

  /// A message made this step.
  public void count(Transition step, Priority priority, Guarantee guarantee) {
    count(step, priority, guarantee, 1);
  }

  private void count(Transition step, Priority priority, Guarantee guarantee, long messages) {
    transitions[step.index() * CLASSES * GUARANTEES + place(priority, guarantee)].add(messages);
  }

  void countStored(Priority priority, Guarantee guarantee, long millis) {
    count(Transition.STORED, priority, guarantee);
    times.took(Transition.STORED, priority, guarantee, millis, 1);
  }

  void countDelivered(Priority priority, Guarantee guarantee, int attempt, long millis) {
    if (attempt == 1) {
      countDeliveredFirst(priority, guarantee, 1, millis);
    } else {
      count(Transition.DELIVERED, priority, guarantee);
      count(Transition.REDELIVERED, priority, guarantee);
    }
  }

  /// As many messages were delivered for the first time, as long after they were accepted.
  void countDeliveredFirst(Priority priority, Guarantee guarantee, long messages, long millis) {
    count(Transition.DELIVERED, priority, guarantee, messages);
    times.took(Transition.DELIVERED, priority, guarantee, millis, messages);
  }

  void countProcessed(Priority priority, Guarantee guarantee, long millis) {
    count(Transition.PROCESSED, priority, guarantee);
    times.took(Transition.PROCESSED, priority, guarantee, millis, 1);
  }

  void countRefused(ErrorCode code) {
    refused[code.wire()].increment();
  }

  /// @param code an [ErrorCode#wire]; another one is not counted
  void countFailure(Failure failure, int code) {
    ErrorCode.fromWire(code).ifPresent(known -> of(failure)[known.wire()].increment());
  }

  private LongAdder[] of(Failure failure) {
    return Objects.requireNonNull(failures.get(failure));
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

  /// Messages that came in, admitted or not.
  public long received(Priority priority, Guarantee guarantee) {
    return received[place(priority, guarantee)].sum();
  }

  public long receivedBytes() {
    return receivedBytes.sum();
  }

  /// How many messages made this step.
  public long transitions(Transition step, Priority priority, Guarantee guarantee) {
    return transitions[step.index() * CLASSES * GUARANTEES + place(priority, guarantee)].sum();
  }

  /// How many messages of every class and guarantee made this step.
  public long transitions(Transition step) {
    long sum = 0;
    for (int i = 0; i < CLASSES * GUARANTEES; i++) {
      sum += transitions[step.index() * CLASSES * GUARANTEES + i].sum();
    }
    return sum;
  }

  public long refused(ErrorCode code) {
    return refused[code.wire()].sum();
  }

  /// How many deliveries failed that way for that reason.
  public long failed(Failure failure, ErrorCode code) {
    return of(failure)[code.wire()].sum();
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

  /// Copies of messages to `*`.
  public FanOutCounters broadcasts() {
    return broadcasts;
  }

  public TopicCounters topics() {
    return topics;
  }

  /// How often reading from an agent stopped for lack of credit or for a look-up.
  public long pausedReads() {
    return pausedReads.sum();
  }
}
