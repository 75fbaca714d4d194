package dev.aegis.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A committed segment, for the projector and, until its rows are there, for readers. Thread-safe.
final class Committed {
  private final long segment;
  private final List<Accept> accepts;
  private final List<Effect> effects;
  private final List<Discard> discards;
  private final List<SignedWindow> windows;
  private final long bytes;
  private final long atNanos;

  /// Made when the first reader asks: most segments have none.
  private volatile @Nullable Map<String, Share> shares;

  /// @param bytes what it holds in memory
  Committed(
      long segment,
      List<Accept> accepts,
      List<Effect> effects,
      List<Discard> discards,
      List<SignedWindow> windows,
      long bytes,
      long atNanos) {
    this.segment = segment;
    this.accepts = accepts;
    this.effects = effects;
    this.discards = discards;
    this.windows = windows;
    this.bytes = bytes;
    this.atNanos = atNanos;
  }

  long segment() {
    return segment;
  }

  List<Accept> accepts() {
    return accepts;
  }

  List<Effect> effects() {
    return effects;
  }

  List<Discard> discards() {
    return discards;
  }

  List<SignedWindow> windows() {
    return windows;
  }

  long bytes() {
    return bytes;
  }

  long atNanos() {
    return atNanos;
  }

  /// What it holds of one mailbox, or null for nothing.
  @Nullable Share share(String recipient) {
    Map<String, Share> made = shares;
    if (made == null) {
      made = new HashMap<>();
      for (Accept accept : accepts) {
        of(made, accept.recipient()).classes.get(accept.priority()).add(accept);
      }
      for (Effect effect : effects) {
        of(made, effect.progress().recipient()).effects.add(effect);
      }
      shares = made;
    }
    return made.get(recipient);
  }

  private static Share of(Map<String, Share> shares, String recipient) {
    return shares.computeIfAbsent(recipient, _ -> new Share());
  }

  /// What a progress changed: the sequences that were open when it was committed, ascending.
  record Effect(Progress progress, long[] sequences) {
    long first() {
      return sequences[0];
    }

    long last() {
      return sequences[sequences.length - 1];
    }
  }

  /// What a segment holds of one mailbox.
  static final class Share {
    private final List<List<Accept>> classes = new ArrayList<>();
    private final List<Effect> effects = new ArrayList<>();

    private Share() {
      for (int i = 0; i < JournalSettings.CLASSES; i++) {
        classes.add(new ArrayList<>());
      }
    }

    /// Its messages of one class, by sequence.
    List<Accept> accepts(int priority) {
      return classes.get(priority);
    }

    List<Effect> effects() {
      return effects;
    }
  }
}
