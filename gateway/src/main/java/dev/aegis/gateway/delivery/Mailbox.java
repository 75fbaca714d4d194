package dev.aegis.gateway.delivery;

import dev.aegis.gateway.delivery.Decision.Confirm;
import dev.aegis.gateway.delivery.Decision.Deliver;
import dev.aegis.gateway.delivery.Decision.LoadOpen;
import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.gateway.delivery.Decision.Skip;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/// What is owed to one connected recipient, from its login to the end of its session. Confined to
/// one thread; the time comes in as milliseconds of a clock that never steps, decisions go to the
/// consumer as they fall.
///
/// Each class is live or catching up. Live: what the journal commits is delivered at once, or held
/// in memory while the recipient has too much unacknowledged. A class falls behind at login, when
/// too much is held, or when a notification was lost: then only the fact is kept, not the bytes,
/// and pages are read from the store until one shows that nothing is left.
///
/// A recipient that pulls gets what it has asked for and nothing else, and may finish messages that
/// it has seen by other means than a delivery.
public final class Mailbox {
  /// The state of a mailbox as a whole.
  public enum State {
    LIVE,
    CATCHING_UP,
    CLOSED
  }

  private static final int MAX_ACKED_RANGES = 4_096;
  private static final int MAX_CLAIMED = 4_096;

  private final MailboxBounds bounds;
  private final Consumer<? super Decision> decisions;
  private final Records records;
  private final Retries retries;
  private final Unacknowledged onItsWay;
  private final Held held;
  private final Backlog backlog;
  private final AckedRanges ahead = new AckedRanges(MAX_ACKED_RANGES);

  private long epoch;
  private long known;
  private long aheadTicket;

  /// Open messages that are being read by their sequences.
  private List<Long> asked = List.of();

  /// What a recipient that pulls has finished without having been sent it.
  private final TreeSet<Long> claimed = new TreeSet<>();

  private final Departing departing = new Departing();

  private long retryAtMillis = Long.MIN_VALUE;
  private boolean paused;
  private boolean closed;

  /// @param heldByAll what is held counts against it too
  /// @param random spreads retries over time
  /// @param listener is told what is on disk
  public Mailbox(
      MailboxBounds bounds,
      RetrySettings retries,
      HeldBytes heldByAll,
      RandomGenerator random,
      Consumer<? super Decision> decisions,
      RecordListener listener) {
    this.bounds = bounds;
    this.decisions = decisions;
    this.records = new Records(decisions, listener);
    this.retries = new Retries(retries, random);
    this.onItsWay = new Unacknowledged(bounds, retries);
    this.held = new Held(bounds.unacknowledgedBytes(), heldByAll);
    this.backlog = new Backlog(bounds);
  }

  /// What is about to move on as the recipient logs in, of which [#departed] tells. Comes before
  /// [#connected].
  public void leaving(Collection<Long> sequences) {
    departing.begin(sequences);
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
    if (!empty) {
      backlog.readAll();
    }
    proceed(nowMillis);
  }

  /// The journal has committed a message for this recipient.
  public void committed(OwedMessage message, long nowMillis) {
    if (closed) {
      return;
    }
    adopt(message);
    if (backlog.isPassed(message)) {
      return; // a page was faster
    }
    if (backlog.movesOn(message)) {
      if (backlog.committed(message)) {
        backlog.pass(message);
      }
      return; // it moved on before it was announced
    }
    if (backlog.committed(message)) {
      if (departing.concerns(message.sequence())) {
        backlog.pass(message);
        keepBack(message, nowMillis);
        proceed(nowMillis);
        return;
      }
      if (held.isEmpty(message.priority()) && onItsWay.hasRoom(message.envelope().length)) {
        backlog.pass(message);
        hand(message, nowMillis);
        return;
      }
      if (held.offer(message)) {
        backlog.pass(message);
        return;
      }
    }
    backlog.leave(message);
    proceed(nowMillis);
  }

  /// A committed message of this class could not be announced.
  public void missed(Priority priority, long nowMillis) {
    if (closed) {
      return;
    }
    backlog.missed(priority);
    proceed(nowMillis);
  }

  /// The page last asked for; shorter than its limit when the store has no more.
  public void pageLoaded(List<OwedMessage> rows, long nowMillis) {
    if (closed || !backlog.pageOpen()) {
      return;
    }
    List<InFlight> expired = new ArrayList<>();
    List<InFlight> finished = new ArrayList<>();
    int taken = 0;
    for (OwedMessage row : rows) {
      if (!backlog.isPassed(row)) {
        adopt(row);
        boolean done = ahead.contains(row.sequence());
        boolean late = row.expiredAt(nowMillis);
        boolean delayed = row.retryAtMillis() > nowMillis;
        boolean moves = backlog.movesOn(row);
        boolean keptBack = departing.concerns(row.sequence());
        if (!moves && !keptBack && !done && !late && !delayed && !onItsWay.admits(row)) {
          break;
        }
        backlog.pass(row);
        if (moves) {
          taken++;
          continue; // this page was read before that was on disk
        }
        if (done) {
          finished.add(item(row));
        } else if (keptBack) {
          keepBack(row, nowMillis);
        } else if (late) {
          expired.add(item(row));
        } else if (delayed) {
          retries.delay(item(row), Math.min(row.retryAtMillis(), retries.latest(nowMillis)));
        } else {
          hand(row, nowMillis);
        }
      }
      taken++;
    }
    records.put(RecordKind.EXPIRED, expired, 0, 0);
    if (!finished.isEmpty()) {
      records.put(RecordKind.PROCESSED, finished, 0, 0);
      aheadTicket = records.nextTicket();
    }
    backlog.closePage(rows, taken);
    proceed(nowMillis);
  }

  /// The page could not be read; another try follows after a pause.
  public void pageFailed(long nowMillis) {
    backlog.pageFailed();
    pause(nowMillis);
  }

  /// The messages last asked for by their sequences.
  public void openLoaded(List<OwedMessage> rows, long nowMillis) {
    if (closed) {
      return;
    }
    List<Long> gone = asked;
    asked = List.of();
    List<InFlight> finished = new ArrayList<>();
    List<InFlight> expired = new ArrayList<>();
    for (OwedMessage row : rows) {
      gone.remove(row.sequence());
      departing.read(row.sequence());
      if (claimed.remove(row.sequence())) {
        finished.add(item(row));
        continue;
      }
      InFlight waited = retries.remove(row.sequence());
      if (waited == null) {
        continue; // finished in the meantime
      }
      if (row.expiredAt(nowMillis)) {
        expired.add(waited);
      } else if (waited.dueAtMillis > nowMillis) {
        retries.delay(waited, waited.dueAtMillis); // it failed again in the meantime
      } else if (onItsWay.admits(row)) {
        hand(row, nowMillis);
      } else {
        retries.delay(waited, nowMillis + bounds.retryMillis());
      }
    }
    records.put(RecordKind.EXPIRED, expired, 0, 0);
    finish(finished, gone);
    proceed(nowMillis);
  }

  /// @param gone not open any more: whatever became of it is on disk
  private void finish(List<InFlight> finished, List<Long> gone) {
    if (!finished.isEmpty()) {
      records.put(RecordKind.PROCESSED, finished, 0, 0);
      aheadTicket = records.nextTicket(); // a page that is read already may show them still
    }
    List<Long> settled = gone.stream().filter(claimed::remove).toList();
    gone.forEach(retries::remove);
    List<Long> left = gone.stream().filter(departing::read).toList();
    if (!left.isEmpty()) {
      decisions.accept(new Skip(ranges(left), ErrorCode.MOVED_ON.wire()));
    }
    if (!settled.isEmpty()) {
      decisions.accept(new Confirm(Stage.PROCESSED, ranges(settled)));
    }
  }

  private static SequenceRanges ranges(List<Long> sequences) {
    return SequenceRanges.of(sequences.stream().mapToLong(Long::longValue).toArray());
  }

  /// They could not be read; another try follows after a pause.
  public void openFailed(long nowMillis) {
    asked = List.of();
    pause(nowMillis);
  }

  /// The time of an open message has passed. What is on its way is left to its recipient.
  public void expired(OwedMessage message, long nowMillis) {
    long sequence = message.sequence();
    if (closed || onItsWay.contains(sequence) || departing.concerns(sequence)) {
      return;
    }
    departing.read(sequence);
    InFlight waited = retries.remove(message.sequence());
    boolean unread = !backlog.isPassed(message) && !backlog.pageOpen();
    boolean waiting = waited != null || held.removeAnywhere(message);
    if (waiting || (unread && !ahead.contains(message.sequence()))) {
      records.put(RecordKind.EXPIRED, List.of(waited != null ? waited : item(message)), 0, 0);
      proceed(nowMillis);
    }
  }

  /// The message is to be somebody else's. What is on its way is left to its recipient, and so are
  /// what it says to have finished and what is about to be announced.
  ///
  /// @return whether a record says so now, which is not offered again where it is refused
  public boolean moveOn(OwedMessage message, String target, long nowMillis) {
    long sequence = message.sequence();
    if (closed || asked.contains(sequence) || claimed.contains(sequence)) {
      return false;
    }
    if (onItsWay.contains(sequence) || records.moves(sequence) || departing.concerns(sequence)) {
      return false;
    }
    InFlight waited = retries.remove(sequence);
    if (waited == null && !held.removeAnywhere(message)) {
      boolean unread = !backlog.isPassed(message) && !ahead.contains(sequence);
      if (!unread || !backlog.isBehind(message.priority())) {
        return false;
      }
      backlog.moveOn(message);
    }
    departing.read(sequence);
    records.move(waited != null ? waited : item(message), target);
    proceed(nowMillis);
    return true;
  }

  /// The journal has decided on what was about to move on when the agent logged in.
  public void departed(long sequence, long nowMillis) {
    if (closed) {
      return;
    }
    InFlight item = departing.end(sequence);
    if (item != null) {
      retries.delay(item, Math.max(nowMillis, item.dueAtMillis));
      proceed(nowMillis);
    }
  }

  /// Not delivered before it is certain that it stays.
  private void keepBack(OwedMessage message, long nowMillis) {
    InFlight item = item(message);
    item.dueAtMillis =
        Math.max(nowMillis, Math.min(message.retryAtMillis(), retries.latest(nowMillis)));
    if (departing.show(item)) {
      retries.delay(item, item.dueAtMillis);
    }
  }

  /// The recipient has taken (stage 2) or finished (stage 3) these.
  public void acked(Stage stage, long ofEpoch, SequenceRanges sequences, long nowMillis) {
    if (closed || ofEpoch != epoch) {
      return;
    }
    if (stage != Stage.PROCESSED) {
      List<InFlight> told = new ArrayList<>();
      for (int i = 0; i < sequences.count(); i++) {
        told.addAll(onItsWay.delivered(sequences.first(i), sequences.last(i), nowMillis));
      }
      records.put(RecordKind.DELIVERED, told, 0, 0);
      return;
    }
    List<InFlight> finished = new ArrayList<>();
    boolean unknown = false;
    for (int i = 0; i < sequences.count(); i++) {
      long first = sequences.first(i);
      long last = sequences.last(i);
      int before = finished.size();
      finished.addAll(onItsWay.removeAll(first, last));
      finished.addAll(retries.removeAll(first, last));
      finished.addAll(departing.removeAll(first, last));
      if (finished.size() - before <= last - first) {
        // Something in this range was not delivered by this session, or was acknowledged before.
        ahead.add(first, last);
        unknown = true;
        if (onItsWay.pulls()) {
          claim(first, Math.min(last, known), finished.subList(before, finished.size()));
        }
      }
    }
    records.put(RecordKind.PROCESSED, finished, 0, 0);
    if (unknown) {
      aheadTicket = records.nextTicket();
    }
    proceed(nowMillis);
  }

  /// No page may ever be asked for that shows these, so they are read one by one. More of them than
  /// the bound are left to the pages.
  private void claim(long first, long last, List<InFlight> delivered) {
    long most = Math.min(last, first + MAX_CLAIMED - 1);
    Set<Long> settled = delivered.stream().map(item -> item.sequence).collect(Collectors.toSet());
    for (long sequence = first; sequence <= most && claimed.size() < MAX_CLAIMED; sequence++) {
      if (!settled.contains(sequence) && !records.finishes(sequence)) {
        claimed.add(sequence);
      }
    }
  }

  /// The recipient takes so many more messages. From the first call on it pulls: it gets none that
  /// it has not asked for. What it asked for before and did not get is forgotten.
  public void want(int messages, long nowMillis) {
    if (closed) {
      return;
    }
    onItsWay.want(messages);
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
    InFlight item = onItsWay.remove(sequence);
    if (item != null) {
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
    for (InFlight item : records.refused(ticket)) {
      stays(item, nowMillis);
    }
    pause(nowMillis);
  }

  /// It was to move on.
  private void stays(InFlight item, long nowMillis) {
    if (ahead.contains(item.sequence)) {
      records.put(RecordKind.PROCESSED, List.of(item), 0, 0);
      aheadTicket = records.nextTicket();
    } else {
      retries.delay(item, Math.max(nowMillis + bounds.retryMillis(), item.dueAtMillis));
    }
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
    if (nowMillis >= onItsWay.earliestAckBy()) {
      for (InFlight item : onItsWay.removeOverdue(nowMillis)) {
        fail(item, ErrorCode.TIMEOUT.wire(), 0, nowMillis);
      }
    }
    proceed(nowMillis);
  }

  /// When [#tick] has something to do, [Long#MAX_VALUE] for never.
  public long wakeAtMillis() {
    if (closed) {
      return Long.MAX_VALUE;
    }
    if (paused) {
      return Math.min(retryAtMillis, onItsWay.earliestAckBy());
    }
    boolean mayLoad = asked.isEmpty() && onItsWay.hasRoom(0);
    return Math.min(onItsWay.earliestAckBy(), mayLoad ? retries.nextMillis() : Long.MAX_VALUE);
  }

  /// The session has ended: what was on its way returns. Records not yet committed may still be
  /// reported.
  public void disconnected() {
    if (closed) {
      return;
    }
    closed = true;
    records.retryRefused();
    boolean poisoned = onItsWay.isPoisoned();
    records.put(
        poisoned ? RecordKind.DEAD : RecordKind.RETURNED,
        onItsWay.removeAll(),
        poisoned ? ErrorCode.POISON.wire() : 0,
        0);
    retries.clear();
    claimed.clear();
    departing.clear();
    held.clear();
  }

  public State state() {
    if (closed) {
      return State.CLOSED;
    }
    return backlog.isEmpty() ? State.LIVE : State.CATCHING_UP;
  }

  /// The epoch its sequences belong to, 0 while the mailbox was never used.
  public long epoch() {
    return epoch;
  }

  /// Delivered and not acknowledged.
  public int unacknowledged() {
    return onItsWay.size();
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
    onItsWay.add(message, item, nowMillis);
    decisions.accept(new Deliver(message));
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

  /// Hands out what there is room for, asks for the next page if one is due, or settles what the
  /// agent claimed to have finished.
  private void proceed(long nowMillis) {
    loadOpen(nowMillis);
    handHeld(nowMillis);
    if (backlog.isEmpty()) {
      settleAhead();
      return;
    }
    boolean unrecorded = records.messages() >= 4 * bounds.unacknowledged();
    if (closed || backlog.pageOpen() || unrecorded || nowMillis < retryAtMillis) {
      return;
    }
    int room = onItsWay.roomForPage();
    if (room > 0 && held.peek() == null) {
      decisions.accept(backlog.openPage(room));
    }
  }

  private void handHeld(long nowMillis) {
    for (OwedMessage next = held.peek();
        next != null && onItsWay.hasRoom(next.envelope().length);
        next = held.peek()) {
      held.remove(next);
      hand(next, nowMillis);
    }
  }

  /// Reads what is to be settled, and those whose time has come.
  private void loadOpen(long nowMillis) {
    if (closed || !asked.isEmpty() || nowMillis < retryAtMillis) {
      return;
    }
    List<Long> wanted = new ArrayList<>(claimed.stream().limit(bounds.pageRows()).toList());
    if (onItsWay.hasRoom(0)) {
      int room = Math.max(1, onItsWay.room());
      wanted.addAll(retries.due(nowMillis, Math.min(room, bounds.pageRows())));
    }
    if (!wanted.isEmpty()) {
      asked = wanted;
      decisions.accept(new LoadOpen(wanted));
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
}
