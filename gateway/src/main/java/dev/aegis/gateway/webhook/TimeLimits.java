package dev.aegis.gateway.webhook;

import dev.aegis.gateway.delivery.RetryPolicy;
import dev.aegis.gateway.delivery.RetrySettings;
import java.time.Duration;

/// How long requests may take: less than the mailbox waits, or a message would be posted again
/// while its first request is still under way. Immutable.
///
/// @param longest of any request
/// @param retries what messages are tried again by that do not say
record TimeLimits(Duration longest, RetrySettings retries) {
  /// Of a message.
  Duration of(byte[] envelope) {
    return within(RetryPolicy.of(envelope, retries).ackTimeoutMillis());
  }

  /// How long a message may be kept here altogether.
  Duration held(byte[] envelope) {
    return below(RetryPolicy.of(envelope, retries).ackTimeoutMillis());
  }

  /// Whether a server that has not answered within this fails. A message may give it less time,
  /// which says something of the message.
  boolean isWhole(Duration limit) {
    return limit.compareTo(within(retries.ackTimeoutMillis())) >= 0;
  }

  private Duration within(long ackTimeoutMillis) {
    Duration own = below(ackTimeoutMillis);
    return own.compareTo(longest) < 0 ? own : longest;
  }

  private static Duration below(long ackTimeoutMillis) {
    return Duration.ofMillis(Math.max(1, ackTimeoutMillis * 9 / 10));
  }
}
