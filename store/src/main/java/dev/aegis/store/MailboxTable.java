package dev.aegis.store;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Every mailbox and the numbers of every agent name. Positions are given out by the holder of the
/// baton; depths change in commit order, under the release lock; reads are free.
final class MailboxTable implements Mailboxes {
  private final Map<String, MailboxState> mailboxes = new ConcurrentHashMap<>();
  private final Map<String, Integer> ordinals = new HashMap<>();

  @Override
  public Depth depth(String recipient) {
    MailboxState mailbox = mailboxes.get(recipient);
    return mailbox == null ? Depth.NONE : mailbox.depth();
  }

  @Nullable MailboxState find(String recipient) {
    return mailboxes.get(recipient);
  }

  /// The mailbox, made with that epoch if there is none.
  MailboxState of(String recipient, long newEpoch) {
    MailboxState known = mailboxes.get(recipient);
    if (known != null) {
      return known;
    }
    MailboxState made = new MailboxState(Math.max(1, newEpoch), 1);
    mailboxes.put(recipient, made);
    return made;
  }

  void restore(String recipient, long epoch, long nextSequence) {
    mailboxes.put(recipient, new MailboxState(epoch, nextSequence));
  }

  /// A small number for an agent name, the same for the life of this table. Baton holder only.
  int ordinal(String agent) {
    Integer known = ordinals.get(agent);
    if (known != null) {
      return known;
    }
    int next = ordinals.size();
    ordinals.put(agent, next);
    return next;
  }
}
