package dev.aegis.store;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Reads durable messages. Every call blocks (virtual threads only) and sees all that was reported
/// as committed before it; but for [#pending], [#load] and [#expired] it may wait for that.
///
/// All methods throw [StoreException].
public interface MessageStore {
  /// The open messages of a mailbox by priority, then sequence.
  List<StoredMessage> pending(String recipient, PageCursor after, int limit);

  /// As [#pending], but the envelopes may be left out, which looks as if they had been erased.
  List<StoredMessage> heads(String recipient, PageCursor after, int limit);

  /// Those of these messages that are open, by priority, then sequence.
  List<StoredMessage> load(String recipient, long mailboxEpoch, List<Long> sequences);

  /// Sequences behind this one that will not be delivered, ascending: expired, given up, discarded.
  List<MailboxGap> gaps(String recipient, long mailboxEpoch, long afterSequence, int limit);

  /// Messages that were given up and not yet settled, newest first.
  ///
  /// @param organization whose agents they were for, or null for all
  /// @param recipient whom they were for, or null for all
  List<DeadLetter> deadLetters(
      @Nullable String organization,
      @Nullable String recipient,
      DeadLetter.Cursor before,
      int limit);

  /// Open messages whose time has passed, oldest first: work for the sweeper.
  List<StoredMessage> expired(long nowMillis, int limit);

  /// The message of that id; where several senders or recipients share it, the oldest.
  Optional<StoredMessage> find(UUID id);

  /// Messages by whatever is asked for, newest first. Those of other nodes count once they are
  /// rows.
  ///
  /// @param from where the page begins
  /// @param nowMillis of the clock that messages are stored by
  MessageList list(MessageFilter filter, MessageList.Position from, int limit, long nowMillis);

  /// The steps of a message, oldest first, those before it was redriven included; empty if it is
  /// unknown.
  List<MessageEvent> history(UUID id);

  /// What proves who wrote the message; empty if it is unknown or was not signed.
  Optional<MessageProof> proof(UUID id);

  /// How many open messages a mailbox has, whoever owns it. Those of another node count once they
  /// are rows.
  long countOpen(String recipient);

  /// How many messages there are by status.
  Map<MessageStatus, Long> countByStatus();

  /// How many open messages there are by priority class, index 0 critical to 3 low.
  long[] openByClass();
}
