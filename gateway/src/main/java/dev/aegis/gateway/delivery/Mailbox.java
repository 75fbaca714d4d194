package dev.aegis.gateway.delivery;

import dev.aegis.gateway.delivery.Decision.Confirm;
import dev.aegis.gateway.delivery.Decision.Deliver;
import dev.aegis.gateway.delivery.Decision.LoadPage;
import dev.aegis.gateway.delivery.Decision.LoadRetries;
import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// What is owed to one connected recipient, from its login to the end of its session. Confined to
/// one thread; the time comes in as milliseconds of a clock that never steps, decisions go to the
/// consumer as they fall.
///
/// Each class is live or catching up. Live: what the journal commits is delivered at once. A class
/// falls behind at login, when the recipient has too much unacknowledged, or when a notification
/// was lost: then only the fact is kept, not the bytes, and pages are read from the store until one
/// shows that nothing is left.
///
/// It relies on two promises of the store: within a class, sequences ascend in commit order; and a
/// page shows everything that was reported as committed before it was asked for. So everything of a
/// class up to its mark has been handed over, and everything behind it has not.
public final class Mailbox {
  /// The state of a mailbox as a whole.
  public enum State {
    LIVE,
    CATCHING_UP,
    CLOSED
  }

  private static final Priority[] CLASSES = Priority.values();
  private static final int MAX_ACKED_RANGES = 4_096;

  private final MailboxBounds bounds;
  private final Consumer<? super Decision> decisions;
  private final Records records;
  private final Retries retries;
  private final TreeMap<Long, InFlight> inFlight = new TreeMap<>();
  private final AckedRanges ahead = new AckedRanges(MAX_ACKED_RANGES);
  private final long[] mark = new long[CLASSES.length];
  private final long[] highest = new long[CLASSES.length];
  private final boolean[] behind = new boolean[CLASSES.length];
  private final boolean[] newSincePage = new boolean[CLASSES.length];
  private final boolean[] missedSincePage = new boolean[CLASSES.length];

  private long epoch;
  private long known;
  private long inFlightBytes;
  private long aheadTicket;
  private int pageRows;
  private int pageFrom;
  private int pageLimit;
  private boolean pageOpen;
  private boolean waitsForAck;

  /// A suspect waits for everything else to be acknowledged, or is on its way alone.
  private boolean waitsForEmpty;

  private boolean alone;
  private List<Long> retriesAsked = List.of();
  private long earliestAckBy = Long.MAX_VALUE;
  private long retryAtMillis = Long.MIN_VALUE;
  private boolean paused;
  private boolean closed;

  /// @param random spreads retries over time
  /// @param listener is told what is on disk
  public Mailbox(
      MailboxBounds bounds,
      RetrySettings retries,
      RandomGenerator random,
      Consumer<? super Decision> decisions,
      RecordListener listener) {
    this.bounds = bounds;
    this.decisions = decisions;
    this.records = new Records(decisions, listener);
    this.retries = new Retries(retries, random);
    this.pageRows = Math.min(bounds.pageRows(), 64);
  }

  /// The recipient has logged in.
  ///
  /// @param epoch of the mailbox, 0 while it was never used
  /// @param nextSequence what the mailbox will give out next
  /// @param empty whether nothing was open when the recipient was already registered
  /// @param knownEpoch what the agent believes the epoch to be
  /// @param cursor what the agent says it has finished, in its epoch
  public void connected(
      long epoch, long nextSequence, boolean empty, long knownEpoch, long cursor, long nowMillis) {
    this.epoch = epoch;
    this.known = nextSequence - 1;
    if (epoch != 0 && knownEpoch == epoch && Math.min(cursor, known) > 0) {
      ahead.add(1, Math.min(cursor, known));
      aheadTicket = records.nextTicket();
    }
    Arrays.fill(behind, !empty);
    proceed(nowMillis);
  }

  /// The journal has committed a message for this recipient.
  public void committed(OwedMessage message, long nowMillis) {
    if (closed) {
      return;
    }
    adopt(message);
    int lane = message.priority().wire();
    long sequence = message.sequence();
    if (sequence <= mark[lane]) {
      return; // a page was faster
    }
    highest[lane] = Math.max(highest[lane], sequence);
    if (!behind[lane] && hasRoom(message.envelope().length)) {
      mark[lane] = sequence;
      hand(message, nowMillis);
      return;
    }
    behind[lane] = true;
    newSincePage[lane] = true;
    proceed(nowMillis);
  }

  /// A committed message of this class could not be announced.
  public void missed(Priority priority, long nowMillis) {
    if (closed) {
      return;
    }
    behind[priority.wire()] = true;
    missedSincePage[priority.wire()] = true;
    proceed(nowMillis);
  }

  /// The page last asked for; shorter than its limit when the store has no more.
  public void pageLoaded(List<OwedMessage> rows, long nowMillis) {
    if (closed || !pageOpen) {
      return;
    }
    pageOpen = false;
    List<InFlight> expired = new ArrayList<>();
    List<InFlight> finished = new ArrayList<>();
    int complete = rows.size() < pageLimit ? CLASSES.length : lastClass(rows);
    long bytes = 0;
    for (OwedMessage row : rows) {
      int lane = row.priority().wire();
      bytes += row.envelope().length;
      if (row.sequence() <= mark[lane]) {
        continue;
      }
      adopt(row);
      boolean done = ahead.contains(row.sequence());
      boolean late = row.expiredAt(nowMillis);
      boolean delayed = row.retryAtMillis() > nowMillis;
      if (!done && !late && !delayed && !admits(row)) {
        complete = lane;
        waitsForAck = true;
        break;
      }
      mark[lane] = row.sequence();
      if (done) {
        finished.add(item(row));
      } else if (late) {
        expired.add(item(row));
      } else if (delayed) {
        retries.delay(item(row), Math.min(row.retryAtMillis(), retries.latest(nowMillis)));
      } else {
        hand(row, nowMillis);
      }
    }
    records.put(RecordKind.EXPIRED, expired, 0, 0);
    if (!finished.isEmpty()) {
      records.put(RecordKind.PROCESSED, finished, 0, 0);
      aheadTicket = records.nextTicket();
    }
    for (int lane = pageFrom; lane < complete; lane++) {
      boolean more = newSincePage[lane] && highest[lane] > mark[lane];
      behind[lane] = missedSincePage[lane] || more;
    }
    adaptPage(rows.size(), bytes);
    proceed(nowMillis);
  }

  /// The page could not be read; another try follows after a pause.
  public void pageFailed(long nowMillis) {
    pageOpen = false;
    pause(nowMillis);
  }

  /// The messages last asked for by their sequences.
  public void retriesLoaded(List<OwedMessage> rows, long nowMillis) {
    if (closed) {
      return;
    }
    List<Long> asked = retriesAsked;
    retriesAsked = List.of();
    List<InFlight> expired = new ArrayList<>();
    for (OwedMessage row : rows) {
      InFlight waited = retries.remove(row.sequence());
      if (waited == null) {
        continue; // finished in the meantime
      }
      if (row.expiredAt(nowMillis)) {
        expired.add(waited);
      } else if (waited.dueAtMillis > nowMillis) {
        retries.delay(waited, waited.dueAtMillis); // it failed again in the meantime
      } else if (admits(row)) {
        hand(row, nowMillis);
      } else {
        retries.delay(waited, nowMillis + bounds.retryMillis());
      }
      asked.remove(row.sequence());
    }
    asked.forEach(retries::remove); // not open any more
    records.put(RecordKind.EXPIRED, expired, 0, 0);
    proceed(nowMillis);
  }

  /// They could not be read; another try follows after a pause.
  public void retriesFailed(long nowMillis) {
    retriesAsked = List.of();
    pause(nowMillis);
  }

  /// The time of an open message has passed. What is on its way is left to its recipient.
  public void expired(OwedMessage message, long nowMillis) {
    if (closed || inFlight.containsKey(message.sequence())) {
      return;
    }
    InFlight waited = retries.remove(message.sequence());
    boolean unread = message.sequence() > mark[message.priority().wire()] && !pageOpen;
    if (waited != null || (unread && !ahead.contains(message.sequence()))) {
      records.put(RecordKind.EXPIRED, List.of(waited != null ? waited : item(message)), 0, 0);
      proceed(nowMillis);
    }
  }

  /// The recipient has taken (stage 2) or finished (stage 3) these.
  public void acked(Stage stage, long ofEpoch, SequenceRanges sequences, long nowMillis) {
    if (closed || ofEpoch != epoch) {
      return;
    }
    boolean finished = stage == Stage.PROCESSED;
    List<InFlight> taken = new ArrayList<>();
    for (int i = 0; i < sequences.count(); i++) {
      long first = sequences.first(i);
      long last = sequences.last(i);
      int before = taken.size();
      NavigableMap<Long, InFlight> range = inFlight.subMap(first, true, last, true);
      for (Iterator<InFlight> each = range.values().iterator(); each.hasNext(); ) {
        InFlight item = each.next();
        if (finished) {
          taken.add(item);
          each.remove();
          left(item);
        } else {
          item.ackByMillis = nowMillis + item.policy.ackTimeoutMillis();
          if (item.takeDelivered()) {
            taken.add(item);
          }
        }
      }
      if (finished) {
        taken.addAll(retries.removeAll(first, last));
      }
      if (finished && taken.size() - before <= last - first) {
        // Something in this range was not delivered by this session, or was acknowledged before.
        ahead.add(first, last);
        aheadTicket = Long.MAX_VALUE;
      }
    }
    records.put(finished ? RecordKind.PROCESSED : RecordKind.DELIVERED, taken, 0, 0);
    if (aheadTicket == Long.MAX_VALUE) {
      aheadTicket = records.nextTicket();
    }
    proceed(nowMillis);
  }

  /// The recipient could not handle this one. What is not on its way is passed over: it comes
  /// again.
  ///
  /// @param pauseMillis how long it asks to be spared, 0 for as long as is usual
  public void nacked(long ofEpoch, long sequence, int code, long pauseMillis, long nowMillis) {
    if (closed || ofEpoch != epoch) {
      return;
    }
    InFlight item = inFlight.remove(sequence);
    if (item != null) {
      left(item);
      fail(item, code, pauseMillis, nowMillis);
      proceed(nowMillis);
    }
  }

  /// The record is on disk.
  public void recordCommitted(long ticket, long nowMillis) {
    records.committed(ticket);
    proceed(nowMillis);
  }

  /// The record was not kept; another try follows after a pause. After the session, it is
  /// forgotten.
  public void recordRefused(long ticket, long nowMillis) {
    if (closed) {
      records.forget(ticket);
      return;
    }
    records.refused(ticket);
    pause(nowMillis);
  }

  private void pause(long nowMillis) {
    paused = true;
    retryAtMillis = nowMillis + bounds.retryMillis();
  }

  /// Time has passed.
  public void tick(long nowMillis) {
    if (closed) {
      return;
    }
    if (nowMillis >= retryAtMillis) {
      paused = false;
      records.retryRefused();
    }
    if (nowMillis >= earliestAckBy) {
      failOverdue(nowMillis);
    }
    proceed(nowMillis);
  }

  /// When [#tick] has something to do, [Long#MAX_VALUE] for never.
  public long wakeAtMillis() {
    if (closed) {
      return Long.MAX_VALUE;
    }
    if (paused) {
      return Math.min(retryAtMillis, earliestAckBy);
    }
    boolean mayLoad = retriesAsked.isEmpty() && hasRoom(0);
    return Math.min(earliestAckBy, mayLoad ? retries.nextMillis() : Long.MAX_VALUE);
  }

  /// The session has ended: what was on its way returns. Records not yet committed may still be
  /// reported.
  public void disconnected() {
    if (closed) {
      return;
    }
    closed = true;
    records.retryRefused();
    boolean poisoned =
        alone
            && inFlight.values().iterator().next().losses() + 1 >= retries.settings().poisonAfter();
    records.put(
        poisoned ? RecordKind.DEAD : RecordKind.RETURNED,
        List.copyOf(inFlight.values()),
        poisoned ? ErrorCode.POISON.wire() : 0,
        0);
    inFlight.clear();
    inFlightBytes = 0;
    retries.clear();
  }

  public State state() {
    if (closed) {
      return State.CLOSED;
    }
    return firstBehind() < CLASSES.length ? State.CATCHING_UP : State.LIVE;
  }

  /// The epoch its sequences belong to, 0 while the mailbox was never used.
  public long epoch() {
    return epoch;
  }

  /// Delivered and not acknowledged.
  public int unacknowledged() {
    return inFlight.size();
  }

  /// Waiting for their next attempt.
  public int delayed() {
    return retries.size();
  }

  private void adopt(OwedMessage message) {
    epoch = message.mailboxEpoch();
    known = Math.max(known, message.sequence());
  }

  private InFlight item(OwedMessage message) {
    return new InFlight(message, RetryPolicy.of(message.envelope(), retries.settings()));
  }

  private void hand(OwedMessage message, long nowMillis) {
    InFlight item = item(message);
    if (message.expiredAt(nowMillis)) {
      records.put(RecordKind.EXPIRED, List.of(item), 0, 0);
      return;
    }
    alone = suspect(message);
    item.ackByMillis = nowMillis + item.policy.ackTimeoutMillis();
    earliestAckBy = Math.min(earliestAckBy, item.ackByMillis);
    inFlight.put(message.sequence(), item);
    inFlightBytes += item.sizeBytes;
    decisions.accept(new Deliver(message));
  }

  private void left(InFlight item) {
    inFlightBytes -= item.sizeBytes;
    waitsForAck = false;
    if (inFlight.isEmpty()) {
      alone = false;
      waitsForEmpty = false;
      earliestAckBy = Long.MAX_VALUE;
    }
  }

  /// Handed over already, but not handled.
  private void fail(InFlight item, int code, long pauseMillis, long nowMillis) {
    switch (retries.afterFailure(item, code, pauseMillis, nowMillis)) {
      case Retries.Verdict.Again(long atMillis) -> {
        records.put(RecordKind.RETRIED, List.of(item), code, atMillis);
        retries.delay(item, atMillis);
      }
      case Retries.Verdict.Over(RecordKind what) -> records.put(what, List.of(item), code, 0);
    }
  }

  private void failOverdue(long nowMillis) {
    List<InFlight> overdue = new ArrayList<>();
    long earliest = Long.MAX_VALUE;
    for (InFlight item : inFlight.values()) {
      if (item.ackByMillis <= nowMillis) {
        overdue.add(item);
      } else {
        earliest = Math.min(earliest, item.ackByMillis);
      }
    }
    earliestAckBy = earliest;
    for (InFlight item : overdue) {
      inFlight.remove(item.sequence);
      left(item);
      fail(item, ErrorCode.TIMEOUT.wire(), 0, nowMillis);
    }
  }

  private boolean suspect(OwedMessage message) {
    return message.losses() >= retries.settings().suspectAfter();
  }

  /// Whether the message may go on its way now; a suspect only when nothing else is.
  private boolean admits(OwedMessage message) {
    if (suspect(message) && !inFlight.isEmpty()) {
      waitsForEmpty = true;
      return false;
    }
    return hasRoom(message.envelope().length);
  }

  private boolean hasRoom(int sizeBytes) {
    return inFlight.isEmpty()
        || (!alone
            && !waitsForEmpty
            && inFlight.size() < bounds.unacknowledged()
            && inFlightBytes + sizeBytes <= bounds.unacknowledgedBytes());
  }

  /// Asks for the next page if one is due, or settles what the agent claimed to have finished.
  private void proceed(long nowMillis) {
    loadRetries(nowMillis);
    int from = firstBehind();
    if (from == CLASSES.length) {
      settleAhead();
      return;
    }
    int room = bounds.unacknowledged() - inFlight.size();
    // A quarter of the window must be free, or every single ack would cost a query.
    boolean worthwhile =
        inFlight.isEmpty()
            || (hasRoom(0)
                && room >= Math.max(1, bounds.unacknowledged() / 4)
                && inFlightBytes <= bounds.unacknowledgedBytes() / 4 * 3);
    boolean backlog = records.messages() >= 4 * bounds.unacknowledged();
    if (closed || pageOpen || waitsForAck || !worthwhile || backlog || nowMillis < retryAtMillis) {
      return;
    }
    pageOpen = true;
    pageFrom = from;
    pageLimit = Math.min(pageRows, room);
    for (int lane = from; lane < CLASSES.length; lane++) {
      newSincePage[lane] = false;
      missedSincePage[lane] = false;
    }
    decisions.accept(new LoadPage(CLASSES[from], mark[from], pageLimit));
  }

  /// Reads those whose time has come.
  private void loadRetries(long nowMillis) {
    if (closed || !retriesAsked.isEmpty() || nowMillis < retryAtMillis || !hasRoom(0)) {
      return;
    }
    int room = Math.max(1, bounds.unacknowledged() - inFlight.size());
    List<Long> due = retries.due(nowMillis, Math.min(room, bounds.pageRows()));
    if (!due.isEmpty()) {
      retriesAsked = new ArrayList<>(due);
      decisions.accept(new LoadRetries(due));
    }
  }

  /// Once nothing is left to read, what the agent finished and no page showed is finished on disk.
  private void settleAhead() {
    if (closed || ahead.isEmpty() || !records.committedBelow(aheadTicket)) {
      return;
    }
    SequenceRanges settled = ahead.upTo(known);
    ahead.clear();
    if (settled.count() > 0) {
      decisions.accept(new Confirm(Stage.PROCESSED, settled));
    }
  }

  private int firstBehind() {
    for (int lane = 0; lane < CLASSES.length; lane++) {
      if (behind[lane]) {
        return lane;
      }
    }
    return CLASSES.length;
  }

  private static int lastClass(List<OwedMessage> rows) {
    return rows.getLast().priority().wire();
  }

  private void adaptPage(int rows, long bytes) {
    if (rows > 0 && bytes > 0) {
      long fitting = Math.max(1, rows * bounds.pageBytes() / bytes);
      pageRows = (int) Math.min(Math.min(fitting, pageRows * 2L), bounds.pageRows());
    }
  }
}
