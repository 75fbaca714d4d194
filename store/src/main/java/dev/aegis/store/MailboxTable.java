package dev.aegis.store;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Mailboxes and the numbers of agent names: every mailbox there is, or, where the database is
/// shared, those that this gateway owns. Positions are given out by the holder of the baton; depths
/// change in commit order, under the release lock; reads are free.
final class MailboxTable implements Mailboxes {
  private final Map<String, MailboxState> mailboxes = new ConcurrentHashMap<>();
  private final Map<String, Integer> ordinals = new HashMap<>();
  private final boolean shared;

  /// Of all mailboxes.
  MailboxTable() {
    this(false);
  }

  /// @param shared whether there may be mailboxes that are not in here
  MailboxTable(boolean shared) {
    this.shared = shared;
  }

  @Override
  public Depth depth(String recipient) {
    MailboxState mailbox = mailboxes.get(recipient);
    return mailbox == null ? Depth.NONE : mailbox.depth();
  }

  @Override
  public boolean owns(String recipient) {
    MailboxState mailbox = mailboxes.get(recipient);
    return mailbox == null ? !shared : !mailbox.isReleased();
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
    restore(recipient, epoch, nextSequence, 0);
  }

  /// @param newestSlice the highest slice of an id in it, see [IdSlices]
  void restore(String recipient, long epoch, long nextSequence, long newestSlice) {
    mailboxes.put(recipient, new MailboxState(epoch, nextSequence, newestSlice));
  }

  /// The mailbox is this gateway's from now on.
  void adopt(String recipient, MailboxState mailbox) {
    mailboxes.put(recipient, mailbox);
  }

  /// Stops giving out positions of a mailbox, or goes on with it. Baton holder only.
  void release(String recipient, boolean released) {
    MailboxState mailbox = mailboxes.get(recipient);
    if (mailbox != null) {
      mailbox.release(released);
    }
  }

  /// The mailbox is not this gateway's any more, and nothing of it is on its way.
  void forget(String recipient) {
    mailboxes.remove(recipient);
  }

  /// How many there are.
  int size() {
    return mailboxes.size();
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
