package dev.aegis.store.fabric;

import java.util.LinkedHashMap;
import java.util.Map;

/// The highest counter seen from each sender: what does not exceed it came before. Confined to one
/// thread.
///
/// Remembers the senders heard last, up to a bound. A node's id is never used again, so whoever
/// falls out has been silent while thousands of others were not.
final class ReplayMarks<K> {
  private static final int MOST = 1 << 15;

  private final Map<K, Long> highest =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<K, Long> eldest) {
          return size() > MOST;
        }
      };

  /// Whether the counter is a new one; remembers it then.
  boolean grows(K sender, long counter) {
    Long before = highest.get(sender);
    if (before != null && counter <= before) {
      return false;
    }
    highest.put(sender, counter);
    return true;
  }
}
