package dev.aegis.gateway.router;

import dev.aegis.store.DeadLetter;
import dev.aegis.store.MailboxGap;
import dev.aegis.store.MessageEvent;
import dev.aegis.store.MessageFilter;
import dev.aegis.store.MessageList;
import dev.aegis.store.MessageProof;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.MessageStore;
import dev.aegis.store.PageCursor;
import dev.aegis.store.StoredMessage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A message store that holds nothing.
class NoMessages implements MessageStore {
  @Override
  public List<StoredMessage> pending(String recipient, PageCursor after, int limit) {
    return List.of();
  }

  @Override
  public List<StoredMessage> heads(String recipient, PageCursor after, int limit) {
    return pending(recipient, after, limit);
  }

  @Override
  public List<StoredMessage> load(String recipient, long mailboxEpoch, List<Long> sequences) {
    return List.of();
  }

  @Override
  public List<MailboxGap> gaps(String recipient, long mailboxEpoch, long afterSequence, int limit) {
    return List.of();
  }

  @Override
  public List<DeadLetter> deadLetters(
      @Nullable String organization,
      @Nullable String recipient,
      DeadLetter.Cursor before,
      int limit) {
    return List.of();
  }

  @Override
  public List<StoredMessage> expired(long nowMillis, int limit) {
    return List.of();
  }

  @Override
  public Optional<StoredMessage> find(UUID id) {
    return Optional.empty();
  }

  @Override
  public MessageList list(
      MessageFilter filter, MessageList.Position from, int limit, long nowMillis) {
    return new MessageList(List.of(), null);
  }

  @Override
  public List<MessageEvent> history(UUID id) {
    return List.of();
  }

  @Override
  public Optional<MessageProof> proof(UUID id) {
    return Optional.empty();
  }

  @Override
  public long countOpen(String recipient) {
    return 0;
  }

  @Override
  public Map<MessageStatus, Long> countByStatus() {
    return Map.of();
  }

  @Override
  public long[] openByClass() {
    return new long[4];
  }
}
