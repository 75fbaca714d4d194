package dev.aegis.store;

/// One mailbox in memory: its position, and the sizes of its open messages in a window over their
/// sequences that begins at the oldest open one.
final class MailboxState {
  private static final int FIRST_CAPACITY = 16;

  private final long epoch;
  private volatile long nextSequence;
  private volatile long messages;
  private volatile long bytes;

  /// Envelope size plus one by (sequence modulo length); 0 is finished or never used.
  private int[] sizes = new int[FIRST_CAPACITY];

  private long from;
  private long to;

  /// Above it, only this gateway can have stored an id here since it owns the mailbox.
  private final long newestSlice;

  private volatile boolean released;

  MailboxState(long epoch, long nextSequence) {
    this(epoch, nextSequence, 0);
  }

  MailboxState(long epoch, long nextSequence, long newestSlice) {
    this.epoch = epoch;
    this.newestSlice = newestSlice;
    this.nextSequence = nextSequence;
    this.from = nextSequence;
    this.to = nextSequence;
  }

  Mailboxes.Depth depth() {
    return new Mailboxes.Depth(epoch, nextSequence, messages, bytes);
  }

  long epoch() {
    return epoch;
  }

  /// Whether all messages here with an id of this slice were stored by this gateway.
  boolean knowsSlice(long slice) {
    return slice > newestSlice;
  }

  /// Whether positions are given out no more: another gateway is to have the mailbox. Baton holder
  /// only.
  void release(boolean letGo) {
    released = letGo;
  }

  boolean isReleased() {
    return released;
  }

  /// The next position. Baton holder only.
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer: the baton holder
  long take() {
    long taken = nextSequence;
    nextSequence = taken + 1;
    return taken;
  }

  /// Gives positions back from this one on: their messages were refused. Baton holder only.
  void giveBack(long sequence) {
    nextSequence = Math.min(nextSequence, sequence);
  }

  /// Moves past a position that was given out before. Recovery only.
  void passed(long sequence) {
    nextSequence = Math.max(nextSequence, sequence + 1);
  }

  /// A message of this size is open now. Under the release lock, as all below.
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer: the holder of the release lock
  void opened(long sequence, int size) {
    if (messages == 0) {
      from = sequence;
      to = sequence;
    } else if (sequence < from) {
      throw new IllegalStateException("a mailbox grew at its old end");
    }
    while (sequence - from >= sizes.length) {
      grow();
    }
    for (long gap = to; gap < sequence; gap++) {
      sizes[index(gap)] = 0;
    }
    sizes[index(sequence)] = size + 1;
    to = Math.max(to, sequence + 1);
    messages++;
    bytes += size;
  }

  /// Calls `open` for each open message in the range and ends those it says are finished.
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer: the holder of the release lock
  void visit(long first, long last, boolean finish, OpenMessage open) {
    long end = Math.min(last, to - 1);
    for (long sequence = Math.max(first, from); sequence <= end; sequence++) {
      int size = sizes[index(sequence)];
      if (size == 0) {
        continue;
      }
      open.at(sequence);
      if (finish) {
        sizes[index(sequence)] = 0;
        messages--;
        bytes -= size - 1;
      }
    }
    while (from < to && sizes[index(from)] == 0) {
      from++;
    }
  }

  private int index(long sequence) {
    return (int) (sequence & (sizes.length - 1));
  }

  private void grow() {
    int[] old = sizes;
    int[] grown = new int[Math.multiplyExact(old.length, 2)];
    for (long sequence = from; sequence < to; sequence++) {
      grown[(int) (sequence & (grown.length - 1))] = old[(int) (sequence & (old.length - 1))];
    }
    sizes = grown;
  }

  /// Told about an open message.
  interface OpenMessage {
    void at(long sequence);
  }
}
