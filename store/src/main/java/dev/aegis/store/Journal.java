package dev.aegis.store;

/// The log of durable decisions: what it reports as committed survives any crash.
///
/// Entries of one class keep their order. Every accepted entry is named in exactly one call of the
/// [JournalListener].
public interface Journal extends AutoCloseable {
  /// Offers an entry. Any thread; never blocks.
  Offer offer(JournalEntry entry);

  /// The mailboxes as the journal knows them.
  Mailboxes mailboxes();

  /// What the journal is doing, for metrics and health.
  JournalState state();

  /// Commits what was accepted, brings the projections up to date and stops. What cannot be
  /// committed any more is refused.
  @Override
  void close();
}
