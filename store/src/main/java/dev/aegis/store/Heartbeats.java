package dev.aegis.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Tells which members have fallen silent, by how often they count up and not by anybody's clock.
/// One that has not counted at all yet is still starting, which takes a while on a busy machine; it
/// owns nothing that anybody waits for, so it is given much longer. Confined to one thread; the
/// time comes in as nanoseconds of a clock that never steps.
final class Heartbeats {
  /// So many times the silence, until one that never counted is dead.
  private static final int STARTING = 20;

  private final long silenceNanos;
  private final Map<JournalId, Heard> heard = new HashMap<>();

  private record Heard(long beat, long atNanos) {}

  /// @param silenceNanos how long without a beat makes a member dead
  Heartbeats(long silenceNanos) {
    this.silenceNanos = silenceNanos;
  }

  /// @param beats of all members that there are, by now
  void hear(Map<JournalId, Long> beats, long nowNanos) {
    heard.keySet().retainAll(beats.keySet());
    beats.forEach((member, beat) -> {
      Heard last = heard.get(member);
      if (last == null || last.beat != beat) {
        heard.put(member, new Heard(beat, nowNanos));
      }
    });
  }

  /// Nothing could be heard of anybody meanwhile: everybody has all the time again.
  void deaf(long nowNanos) {
    heard.replaceAll((_, last) -> new Heard(last.beat, nowNanos));
  }

  /// How long nothing was heard of a member, 0 for one that is unknown.
  long silence(JournalId member, long nowNanos) {
    Heard last = heard.get(member);
    return last == null ? 0 : nowNanos - last.atNanos;
  }

  /// Those that have been silent for too long.
  List<JournalId> dead(long nowNanos) {
    List<JournalId> dead = new ArrayList<>();
    heard.forEach((member, last) -> {
      long patience = last.beat == 0 ? STARTING * silenceNanos : silenceNanos;
      if (nowNanos - last.atNanos >= patience) {
        dead.add(member);
      }
    });
    return dead;
  }
}
