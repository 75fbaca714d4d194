package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A repeat is recognised for the whole window, however much was stored since and whatever the
/// clock that made its id.
final class DedupeIT {
  private static final long NOW = System.currentTimeMillis();
  private static final Duration WINDOW = Duration.ofDays(2);

  private final Random random = new Random(11);

  @Test
  void recognisesWhatItHasLongForgotten() {
    try (OpenJournal open = new OpenJournal(bounds(WINDOW))) {
      List<Accept> first = open.commitAll(messages(40, NOW));
      store(open, 2_000);
      assertThat(open.commitAll(repeats(first, "text")))
          .extracting(Accept::outcome)
          .containsOnly(Outcome.DUPLICATE);
      assertThat(open.commitAll(repeats(first, "other")))
          .extracting(Accept::outcome)
          .containsOnly(Outcome.CONFLICT);
      assertThat(open.commit(message(id(NOW), "text", NOW)).outcome()).isEqualTo(Outcome.STORED);
    }
  }

  @Test
  void asksTheRowsOnlyWhenItHasTo() {
    try (OpenJournal open = new OpenJournal(bounds(WINDOW))) {
      long ahead = NOW + 60_000;
      open.commitAll(messages(100, ahead));
      open.journal.awaitProjected();
      open.commitAll(messages(100, ahead + 500_000));
      assertThat(open.journal.state().lookups()).isZero();
      Accept late = open.commit(message(id(ahead), "text", NOW));
      assertThat(open.journal.state().lookups()).as("its neighbours are forgotten").isOne();
      open.commit(message(late.id(), "text", NOW));
      assertThat(open.journal.state().lookups()).as("it is remembered").isOne();
      open.commit(message(UUID.randomUUID(), "text", NOW));
      assertThat(open.journal.state().lookups()).as("an id without a time").isEqualTo(2);
    }
  }

  @Test
  void recognisesIdsOfAClockThatIsAheadAfterARestart() {
    DatabaseSettings database;
    List<UUID> ids = new ArrayList<>();
    try (OpenJournal open = new OpenJournal(bounds(WINDOW))) {
      database = open.settings;
      for (long ahead :
          new long[] {-7_200_000, 0, 1_000, 600_000, 3_500_000, 7_200_000, 1L << 40}) {
        ids.add(open.commit(message(id(NOW + ahead), "text", NOW)).id());
      }
    }
    try (OpenJournal open = new OpenJournal(database, bounds(WINDOW))) {
      store(open, 100);
      for (UUID id : ids) {
        assertThat(open.commit(message(id, "text", NOW)).outcome()).isEqualTo(Outcome.DUPLICATE);
      }
    }
  }

  @Test
  void takesAnIdAgainAfterTheWindow() {
    long longAgo = NOW - WINDOW.toMillis() - 60_000;
    try (OpenJournal open = new OpenJournal(bounds(WINDOW))) {
      Accept old = open.commit(message(id(longAgo), "text", longAgo));
      store(open, 500);
      Accept again = open.commit(message(old.id(), "another text", NOW));
      assertThat(again.outcome()).isEqualTo(Outcome.STORED);
      assertThat(again.sequence()).isGreaterThan(old.sequence());
    }
  }

  /// Enough that what was before is forgotten: their ids are of another time.
  private void store(OpenJournal open, int count) {
    open.commitAll(messages(count / 2, NOW + 600_000));
    open.journal.awaitProjected();
    open.commitAll(messages(count / 2, NOW + 1_800_000));
  }

  private List<Accept> messages(int count, long fromMillis) {
    return IntStream.range(0, count)
        .mapToObj(i -> message(id(fromMillis + 1_000L * (i % 600)), "text", NOW))
        .toList();
  }

  private static List<Accept> repeats(List<Accept> first, String text) {
    return first.stream().map(accept -> message(accept.id(), text, NOW)).toList();
  }

  private static JournalSettings bounds(Duration window) {
    return OpenJournal.bounds().withDedupeWindow(window).withDedupeEntries(64);
  }

  private UUID id(long millis) {
    return new UUID(millis << 16 | 0x7000, random.nextLong());
  }

  private static Accept message(UUID id, String text, long atMillis) {
    return Accept.of(id, "alice", "bob", text.getBytes(StandardCharsets.UTF_8))
        .routing(1, 2, 2)
        .type("note")
        .times(atMillis, 0)
        .build();
  }
}
