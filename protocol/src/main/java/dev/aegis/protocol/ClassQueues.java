package dev.aegis.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What waits, by class: a higher class goes first, a lower one keeps a minimum share. Within a
/// class the order stays. Has no bound of its own; not thread-safe.
public final class ClassQueues<T> {
  /// How many of each class in a row, where others wait.
  private static final int[] SHARES = {32, 16, 8, 4};

  private final List<ArrayDeque<T>> classes = new ArrayList<>();
  private int size;
  private int turn;
  private int taken;

  public ClassQueues() {
    for (int i = 0; i < SHARES.length; i++) {
      classes.add(new ArrayDeque<>());
    }
  }

  public void add(Priority priority, T item) {
    classes.get(priority.wire()).addLast(item);
    size++;
  }

  /// Before all others of its class.
  public void addFirst(Priority priority, T item) {
    classes.get(priority.wire()).addFirst(item);
    size++;
  }

  /// The next one by class and share, or null.
  public @Nullable T peek() {
    if (size == 0) {
      return null;
    }
    while (taken >= SHARES[turn] || classes.get(turn).isEmpty()) {
      turnTo((turn + 1) % SHARES.length);
    }
    return classes.get(turn).peekFirst();
  }

  /// The next one of the highest class that has any, down to `lowest`, or null.
  public @Nullable T peek(Priority lowest) {
    for (int i = 0; i <= lowest.wire(); i++) {
      if (!classes.get(i).isEmpty()) {
        turnTo(i);
        return classes.get(i).peekFirst();
      }
    }
    return null;
  }

  private void turnTo(int next) {
    turn = next;
    taken = 0;
  }

  /// Takes away what the last `peek` has shown.
  public T remove() {
    T item = classes.get(turn).removeFirst();
    taken++;
    size--;
    return item;
  }

  public int size() {
    return size;
  }

  public void clear() {
    classes.forEach(ArrayDeque::clear);
    size = 0;
  }
}
