package dev.aegis.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A page of messages, newest first, their envelopes left out.
///
/// @param next where the next page begins, or null where there is none. A page may have fewer
///   messages than were asked for, or none, and go on all the same: one call does only so much.
public record MessageList(List<StoredMessage> messages, @Nullable Position next) {
  /// Behind everything that is newer, and behind this message of the same moment.
  ///
  /// @param recipient empty for in front of all of that moment
  /// @param spanMillis how long a span of time is to be read at once from there on, as far as calls
  ///   before have found that out; 0 where it is not known
  public record Position(
      long atMillis, String recipient, long mailboxEpoch, long sequence, long spanMillis) {
    static Position of(StoredMessage message) {
      return new Position(
          message.acceptedAtMillis(),
          message.recipient(),
          message.mailboxEpoch(),
          message.sequence(),
          0);
    }

    /// Everything older than this moment.
    public static Position before(long millis) {
      return new Position(millis, "", 0, 0, 0);
    }

    Position withSpan(long millis) {
      return new Position(atMillis, recipient, mailboxEpoch, sequence, millis);
    }
  }
}
