package dev.aegis.store;

import java.time.Duration;

/// How members of a cluster show that they live.
///
/// @param beatEvery pause between two heartbeats
/// @param lease how long after a heartbeat a member relies on owning its mailboxes
/// @param silence how long without a heartbeat makes the others take a member over; longer than
///   `lease`, or two could own one mailbox
public record MemberSettings(Duration beatEvery, Duration lease, Duration silence) {
  public MemberSettings {
    if (beatEvery.toMillis() < 10) {
      throw new IllegalArgumentException("beatEvery is " + beatEvery + ", must be at least 10 ms");
    }
    if (lease.compareTo(beatEvery.multipliedBy(2)) < 0) {
      throw new IllegalArgumentException(
          "lease is " + lease + ", must be at least twice beatEvery, " + beatEvery);
    }
    if (silence.compareTo(lease) <= 0) {
      throw new IllegalArgumentException(
          "silence is " + silence + ", must be longer than lease, " + lease);
    }
  }

  /// A second, four seconds, six seconds.
  public static MemberSettings defaults() {
    return new MemberSettings(Duration.ofSeconds(1), Duration.ofSeconds(4), Duration.ofSeconds(6));
  }
}
