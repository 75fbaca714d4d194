package dev.aegis.store;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/// This gateway lets go of a mailbox: what is formed into a segment behind it does not change the
/// mailbox any more. Only for the order among entries; nothing of it is stored, and the listener
/// does not hear of it.
///
/// @param done completes once everything in front of it is committed; false when it was refused
public record Release(String recipient, CompletableFuture<Boolean> done) implements JournalEntry {
  private static final int OVERHEAD = 48;

  public Release {
    Objects.requireNonNull(recipient);
    Objects.requireNonNull(done);
  }

  /// Behind all progress of the mailbox that was offered before.
  @Override
  public int priority() {
    return 0;
  }

  @Override
  public int size() {
    return OVERHEAD + recipient.length();
  }
}
