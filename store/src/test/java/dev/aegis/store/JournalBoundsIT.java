package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The journal takes no more than it may, says so, and goes on when there is room again.
final class JournalBoundsIT {
  @Test
  void isFullAtItsBoundOfEntriesOneClassAtATime() throws Exception {
    JournalSettings bounds = OpenJournal.bounds(64, 8L << 20, 256, 32L << 20);
    try (OpenJournal open = new OpenJournal(bounds)) {
      List<Accept> accepted = new ArrayList<>();
      try (Connection _ = open.lockTable("journal")) {
        Offer last = fill(open, 2, accepted, 100_000);
        assertThat(last).isEqualTo(Offer.FULL);
        assertThat(open.journal.state().queuedEntries()).isLessThanOrEqualTo(64);
        // Another class has a queue of its own.
        Accept urgent = OpenJournal.message("alice", "bob", "urgent").routing(1, 0, 1).build();
        assertThat(open.journal.offer(urgent)).isEqualTo(Offer.ACCEPTED);
        accepted.add(urgent);
        assertThat(open.listener.committed).isEmpty();
        assertThat(open.journal.state().available()).isTrue();
      }
      await()
          .atMost(OpenJournal.PATIENCE)
          .until(() -> open.listener.committed.containsAll(accepted));
      assertThat(open.listener.committed).hasSameSizeAs(accepted);
      assertThat(open.listener.refused).isEmpty();
      open.commit(OpenJournal.message("alice", "bob", "room again").build());
    }
  }

  @Test
  void isFullAtItsBoundOfBytesAndKeepsRoomForTheUrgent() throws Exception {
    JournalSettings bounds = OpenJournal.bounds(4_096, 100_000, 256, 32L << 20);
    try (OpenJournal open = new OpenJournal(bounds)) {
      List<Accept> accepted = new ArrayList<>();
      try (Connection _ = open.lockTable("journal")) {
        assertThat(fill(open, 3, accepted, 4_000)).isEqualTo(Offer.FULL);
        assertThat(open.journal.state().queuedBytes()).isLessThanOrEqualTo(70_000);
        assertThat(fill(open, 0, accepted, 4_000)).isEqualTo(Offer.FULL);
        assertThat(open.journal.state().queuedBytes()).isBetween(90_000L, 100_000L);
      }
      await()
          .atMost(OpenJournal.PATIENCE)
          .until(() -> open.listener.committed.containsAll(accepted));
      assertThat(open.listener.refused).isEmpty();
    }
  }

  @Test
  void takesNothingMoreWhileTheRowsAreTooFarBehind() throws Exception {
    JournalSettings bounds = OpenJournal.bounds(4_096, 8L << 20, 4, 32L << 20);
    try (OpenJournal open = new OpenJournal(bounds)) {
      Accept refused = OpenJournal.message("alice", "bob", "refused").build();
      try (Connection _ = open.lockTable("message_queue")) {
        await()
            .atMost(OpenJournal.PATIENCE)
            .until(() -> open.journal.offer(next(open)) == Offer.FULL);
        assertThat(open.journal.offer(refused)).isEqualTo(Offer.FULL);
        assertThat(open.journal.state().lagSegments()).isGreaterThan(4);
        Accept committed = open.listener.accepts().getFirst();
        open.progress(committed, MessageStatus.PROCESSED, null, 2_000); // ends waiting: it passes
        assertThat(open.journal.offer(refused)).isEqualTo(Offer.FULL);
      }
      await()
          .atMost(OpenJournal.PATIENCE)
          .until(() -> open.journal.offer(refused) == Offer.ACCEPTED);
      await().atMost(OpenJournal.PATIENCE).until(() -> open.listener.committed.contains(refused));
      assertThat(open.messages.pending("bob", PageCursor.START, 100_000))
          .hasSize(open.listener.accepts().size() - 1);
    }
  }

  @Test
  void takesNothingMoreWhileTooManyBytesHaveNoRows() throws Exception {
    JournalSettings bounds = OpenJournal.bounds(4_096, 8L << 20, 256, 50_000);
    try (OpenJournal open = new OpenJournal(bounds)) {
      try (Connection _ = open.lockTable("message_queue")) {
        await()
            .atMost(OpenJournal.PATIENCE)
            .until(() ->
                open.journal.offer(OpenJournal.message("alice", "bob", "x".repeat(4_000)).build())
                    == Offer.FULL);
        assertThat(open.journal.state().lagSegments()).isLessThan(256);
      }
      open.commit(OpenJournal.message("alice", "bob", "room again").build());
    }
  }

  /// Waits for the commit, so that the next one gets a segment of its own.
  private static Accept next(OpenJournal open) {
    int before = open.listener.committed.size();
    Accept accept = OpenJournal.message("alice", "bob", "m" + before).build();
    if (open.journal.offer(accept) == Offer.ACCEPTED) {
      await().atMost(OpenJournal.PATIENCE).until(() -> open.listener.committed.size() > before);
    }
    return OpenJournal.message("alice", "bob", "probe " + before).build();
  }

  private static Offer fill(
      OpenJournal open, int priority, List<Accept> accepted, int mostEntries) {
    for (int i = 0; i < mostEntries; i++) {
      Accept accept = OpenJournal.message("alice", "bob", "m" + i).routing(1, priority, 1).build();
      Offer offer = open.journal.offer(accept);
      if (offer != Offer.ACCEPTED) {
        return offer;
      }
      accepted.add(accept);
    }
    return Offer.ACCEPTED;
  }
}
