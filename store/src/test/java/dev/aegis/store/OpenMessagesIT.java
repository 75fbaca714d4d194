package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// What is open can be read while rows cannot be written.
final class OpenMessagesIT {
  @AutoClose private final OpenJournal open = new OpenJournal(OpenJournal.bounds());

  @Test
  void pagesGoOnFromRowsToWhatIsOnlyInTheJournal() throws Exception {
    List<Accept> accepted = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      accepted.add(accept("row " + i, i % 4));
    }
    open.journal.awaitProjected();
    try (Connection _ = open.lockTable("message_queue")) {
      for (int i = 0; i < 20; i++) {
        accepted.add(accept("no row " + i, i % 4));
      }
      accept("for somebody else", "carol", 0);
      assertPages(accepted);
      finish(accepted, 0, 7, 19, 20, 25, 39);
      assertPages(accepted);
    }
    open.journal.awaitProjected();
    assertPages(accepted);
  }

  @Test
  void aMessageIsAsItsAttemptsLeftIt() throws Exception {
    Accept row = accept("row", 2);
    open.progress(row, MessageStatus.PENDING, "handler-failed", 2_000);
    open.journal.awaitProjected();
    Accept noRow;
    List<StoredMessage> before;
    try (Connection _ = open.lockTable("message_queue")) {
      noRow = accept("no row", 2);
      for (Accept each : List.of(row, noRow)) {
        open.progress(each, MessageStatus.DELIVERED, null, 3_000);
        open.progress(each, MessageStatus.PENDING, "timeout", 4_000);
        open.progress(each, MessageStatus.PENDING, null, 5_000);
      }
      before = page(PageCursor.START, 10);
      assertThat(before)
          .extracting(
              StoredMessage::retryCount,
              StoredMessage::failureCount,
              StoredMessage::deliveredAtMillis,
              StoredMessage::reason)
          .containsExactly(tuple(3, 2, 3_000L, "timeout"), tuple(2, 1, 3_000L, "timeout"));
      assertThat(load(row, noRow)).usingRecursiveComparison().isEqualTo(before);
    }
    open.journal.awaitProjected();
    assertThat(page(PageCursor.START, 10)).usingRecursiveComparison().isEqualTo(before);
    assertThat(load(row, noRow)).usingRecursiveComparison().isEqualTo(before);
  }

  @Test
  void theSweeperFindsWhatHasNoRowAndNotWhatIsFinished() throws Exception {
    Accept row = open.commit(OpenJournal.message("alice", "bob", "1").times(1_000, 5_000).build());
    Accept done = open.commit(OpenJournal.message("alice", "bob", "2").times(1_000, 4_000).build());
    open.journal.awaitProjected();
    try (Connection _ = open.lockTable("message_queue")) {
      Accept noRow =
          open.commit(OpenJournal.message("alice", "carol", "3").times(1_000, 4_500).build());
      open.commit(OpenJournal.message("alice", "carol", "never").times(1_000, 0).build());
      open.progress(done, MessageStatus.PROCESSED, null, 2_000);
      assertThat(open.messages.expired(5_000, 10))
          .extracting(StoredMessage::id)
          .containsExactly(noRow.id(), row.id());
      assertThat(open.messages.expired(5_000, 1))
          .extracting(StoredMessage::id)
          .containsExactly(noRow.id());
    }
  }

  /// Rows are written all the time while this reads, in pages of every size.
  @Test
  void nothingIsMissedOrShownTwiceWhileRowsAreWritten() {
    Random random = new Random(7);
    List<Accept> accepted = new ArrayList<>();
    for (int round = 0; round < 40; round++) {
      List<Accept> more = new ArrayList<>();
      for (int i = 0; i < 25; i++) {
        more.add(message("m", "bob", random.nextInt(4)).build());
      }
      open.commitAll(more);
      accepted.addAll(more);
      finish(accepted, random.ints(0, accepted.size()).distinct().limit(12).toArray());
      if (round % 3 == 0) {
        Thread.startVirtualThread(open.journal::awaitProjected);
      }
      assertPages(accepted, 1 + random.nextInt(60));
    }
  }

  private void finish(List<Accept> accepted, int... indices) {
    List<Accept> finished = new ArrayList<>();
    for (int index : indices) {
      finished.add(accepted.get(index));
    }
    open.commitAll(
        finished.stream()
            .map(accept ->
                Progress.of(
                    "bob",
                    accept.mailboxEpoch(),
                    accept.sequence(),
                    MessageStatus.PROCESSED,
                    null,
                    6_000,
                    null))
            .toList());
    accepted.removeAll(finished);
  }

  private void assertPages(List<Accept> expected) {
    for (int limit : new int[] {1, 2, 3, 7, 19, 20, 100}) {
      assertPages(expected, limit);
    }
  }

  private void assertPages(List<Accept> expected, int limit) {
    List<Long> sequences = new ArrayList<>();
    PageCursor after = PageCursor.START;
    List<StoredMessage> page = page(after, limit);
    while (!page.isEmpty()) {
      page.forEach(message -> sequences.add(message.sequence()));
      after = PageCursor.after(page.getLast());
      assertThat(page.size()).isLessThanOrEqualTo(limit);
      page = page.size() < limit ? List.of() : page(after, limit);
    }
    assertThat(sequences)
        .containsExactlyElementsOf(
            expected.stream()
                .sorted(
                    Comparator.comparingInt(Accept::priority).thenComparingLong(Accept::sequence))
                .map(Accept::sequence)
                .toList());
  }

  private List<StoredMessage> page(PageCursor after, int limit) {
    return open.messages.pending("bob", after, limit);
  }

  private List<StoredMessage> load(Accept... accepts) {
    return open.messages.load(
        "bob", accepts[0].mailboxEpoch(), Arrays.stream(accepts).map(Accept::sequence).toList());
  }

  private Accept accept(String text, int priority) {
    return accept(text, "bob", priority);
  }

  private Accept accept(String text, String recipient, int priority) {
    return open.commit(message(text, recipient, priority).build());
  }

  private static Accept.Builder message(String text, String recipient, int priority) {
    return OpenJournal.message("alice", recipient, text).routing(1, priority, 1);
  }
}
