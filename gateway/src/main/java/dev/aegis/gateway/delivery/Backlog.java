package dev.aegis.gateway.delivery;

import dev.aegis.gateway.delivery.Decision.LoadPage;
import dev.aegis.protocol.Priority;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/// How far each class of a mailbox has been handed over, and what has to be read from the store to
/// catch up: pages by (priority, sequence), one at a time.
///
/// It relies on two promises of the store: within a class, sequences ascend in commit order; and a
/// page shows everything that was reported as committed before it was asked for. So everything of a
/// class up to its mark has been handed over, and everything behind it has not.
final class Backlog {
  private static final Priority[] CLASSES = Priority.values();
  private static final int FIRST_PAGE_ROWS = 64;

  private final MailboxBounds bounds;
  private final Lane[] lanes = new Lane[CLASSES.length];
  private int pageRows;
  private boolean pageOpen;
  private int pageFrom;
  private int pageLimit;

  /// One class.
  private static final class Lane {
    long mark;
    long highest;
    boolean behind;
    boolean newSincePage;
    boolean missedSincePage;

    /// What moves on and was not read: a page or an announcement may show it still.
    final TreeSet<Long> moving = new TreeSet<>();

    /// The last of them when the open page was asked for, 0 for none.
    long movingBeforePage;

    void pass(long sequence) {
      mark = Math.max(mark, sequence);
      if (!moving.isEmpty()) { // every message comes by here, and nearly always there are none
        moving.headSet(mark, true).clear();
      }
    }
  }

  Backlog(MailboxBounds bounds) {
    this.bounds = bounds;
    this.pageRows = Math.min(bounds.pageRows(), FIRST_PAGE_ROWS);
    Arrays.setAll(lanes, _ -> new Lane());
  }

  /// Everything that is stored has to be read.
  void readAll() {
    for (Lane lane : lanes) {
      lane.behind = true;
    }
  }

  /// Whether the message was handed over or held, or what else was done with it.
  boolean isPassed(OwedMessage message) {
    return message.sequence() <= of(message.priority()).mark;
  }

  /// The message is handed over or held, or whatever else is done with it, and so are those before
  /// it.
  void pass(OwedMessage message) {
    of(message.priority()).pass(message.sequence());
  }

  /// Whether there is something of the class to read.
  boolean isBehind(Priority priority) {
    return of(priority).behind;
  }

  /// The message is to be read, and moves on instead. Its class is behind.
  void moveOn(OwedMessage message) {
    of(message.priority()).moving.add(message.sequence());
  }

  /// Whether the message was not passed and moves on.
  boolean movesOn(OwedMessage message) {
    TreeSet<Long> moving = of(message.priority()).moving;
    return !moving.isEmpty() && moving.contains(message.sequence());
  }

  /// A message of its class was committed.
  ///
  /// @return whether it is the next one of its class
  boolean committed(OwedMessage message) {
    Lane lane = of(message.priority());
    lane.highest = Math.max(lane.highest, message.sequence());
    return !lane.behind;
  }

  /// The message has to be read again, when it is its turn.
  void leave(OwedMessage message) {
    Lane lane = of(message.priority());
    lane.behind = true;
    lane.newSincePage = true;
  }

  /// Messages of the class were committed that are not known here.
  void missed(Priority priority) {
    Lane lane = of(priority);
    lane.behind = true;
    lane.missedSincePage = true;
  }

  /// Nothing has to be read.
  boolean isEmpty() {
    return firstBehind() == lanes.length;
  }

  boolean pageOpen() {
    return pageOpen;
  }

  /// The next page. There is something to read, and no page is open.
  LoadPage openPage(int room) {
    pageOpen = true;
    pageFrom = firstBehind();
    pageLimit = Math.min(pageRows, room);
    for (int i = pageFrom; i < lanes.length; i++) {
      lanes[i].newSincePage = false;
      lanes[i].missedSincePage = false;
      lanes[i].movingBeforePage = lanes[i].moving.isEmpty() ? 0 : lanes[i].moving.last();
    }
    return new LoadPage(CLASSES[pageFrom], lanes[pageFrom].mark, pageLimit);
  }

  /// The page could not be read.
  void pageFailed() {
    pageOpen = false;
  }

  /// The page is worked off.
  ///
  /// @param taken how many of its rows were passed, from the first
  void closePage(List<OwedMessage> rows, int taken) {
    pageOpen = false;
    // Of the class where it ends there may be more.
    int complete = lanes.length;
    if (taken < rows.size()) {
      complete = rows.get(taken).priority().wire();
    } else if (rows.size() >= pageLimit) {
      complete = rows.getLast().priority().wire();
    }
    for (int i = pageFrom; i < complete; i++) {
      Lane lane = lanes[i];
      lane.pass(lane.movingBeforePage); // the page has shown all that came before it
      boolean more = lane.newSincePage && lane.highest > lane.mark;
      lane.behind = lane.missedSincePage || more;
    }
    adapt(rows);
  }

  private void adapt(List<OwedMessage> rows) {
    long bytes = 0;
    for (OwedMessage row : rows) {
      bytes += row.envelope().length;
    }
    if (bytes > 0) {
      long fitting = Math.max(1, rows.size() * bounds.pageBytes() / bytes);
      pageRows = (int) Math.min(Math.min(fitting, pageRows * 2L), bounds.pageRows());
    }
  }

  private Lane of(Priority priority) {
    return lanes[priority.wire()];
  }

  private int firstBehind() {
    for (int i = 0; i < lanes.length; i++) {
      if (lanes[i].behind) {
        return i;
      }
    }
    return lanes.length;
  }
}
