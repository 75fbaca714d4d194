package dev.aegis.store;

import java.util.List;

/// What the rows hold, for metrics. What was committed a moment ago may be missing.
///
/// @param openByClass open messages by class, index 0 critical to 3 low
/// @param mailboxesFrom how many mailboxes have at least as many open messages as the element of
///   [#STEPS] in that place says
/// @param deepest the mailboxes with the most open messages, up to [#DEEPEST]
/// @param deadLetters given up and not settled
/// @param journalBytes that the table of segments takes on disk
/// @param databaseBytes that all tables take
public record Holdings(
    List<Long> openByClass,
    List<Long> mailboxesFrom,
    List<Depth> deepest,
    long deadLetters,
    long journalBytes,
    long databaseBytes) {
  /// Numbers of open messages.
  public static final List<Long> STEPS = List.of(1L, 10L, 100L, 1_000L, 10_000L, 100_000L);

  /// How many mailboxes are named.
  public static final int DEEPEST = 10;

  /// A mailbox and its open messages.
  public record Depth(String agent, long messages) {}

  public Holdings {
    openByClass = List.copyOf(openByClass);
    mailboxesFrom = List.copyOf(mailboxesFrom);
    deepest = List.copyOf(deepest);
  }
}
