package dev.aegis.gateway.session;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/// Whose rights were taken lately, so that a login that was admitted before is found out when its
/// session begins. Thread-safe.
final class Revocations {
  /// Beyond, the oldest are forgotten, and whoever was admitted before them has to come again.
  static final int REMEMBERED = 1_024;

  private final Map<String, Long> latest = new LinkedHashMap<>();
  private long count;
  private long forgotten;

  /// How many there were.
  synchronized long count() {
    return count;
  }

  synchronized void add(String agentId) {
    count++;
    latest.remove(agentId); // so that it is the newest
    latest.put(agentId, count);
    if (latest.size() > REMEMBERED) {
      Iterator<Long> oldest = latest.values().iterator();
      forgotten = oldest.next();
      oldest.remove();
    }
  }

  /// Whether the agent's rights may have been taken when there were more than so many.
  synchronized boolean after(long earlierCount, String agentId) {
    return forgotten > earlierCount || latest.getOrDefault(agentId, 0L) > earlierCount;
  }
}
