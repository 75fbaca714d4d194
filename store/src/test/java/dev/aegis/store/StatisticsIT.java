package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.store.statistics.Counts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Each message is counted exactly once: what the statistics say is what the rows say, whatever
/// happens while both are written.
final class StatisticsIT {
  private static final long HOUR = 3_600_000;
  private static final long T = 500_000 * HOUR;
  private static final Duration KEPT = Duration.ofDays(36_500);

  /// What rows of messages add up to, and then what each kind of statistics does.
  private static final String ROWS =
      "SELECT concat_ws(' ', count(*), sum(size), sum(retry_count), sum(failure_count),"
          + " count(*) FILTER (WHERE status = 'processed'),"
          + " count(*) FILTER (WHERE status = 'failed'),"
          + " count(*) FILTER (WHERE status = 'expired'),"
          + " count(*) FILTER (WHERE status = 'dead')) FROM message_queue";

  private static final String SUMS =
      "SELECT concat_ws(' ', sum(sent), sum(sent_bytes), sum(retries), sum(failures),"
          + " sum(processed), sum(failed), sum(expired), sum(dead)) FROM statistics"
          + " WHERE dimension = %d AND width = %d";

  @Test
  void countsWhatBecameOfMessagesByHourAgentTypeAndPair() {
    try (OpenJournal open = new OpenJournal(OpenJournal.bounds())) {
      Accept done = open.commit(message("alice", "bob", "task", T));
      Accept dead = open.commit(message("alice", "bob", "task", T + 1_000));
      open.commit(message("bob", "carol", "note", T + HOUR));
      open.progress(dead, MessageStatus.PENDING, "broken", T + 2_000);
      open.progress(done, MessageStatus.PROCESSED, null, T + 250);
      open.journal.awaitProjected();
      // Its row is there already: what is known of it comes back from the change.
      open.progress(dead, MessageStatus.DEAD, "broken", T + HOUR);
      fold(open);

      StatisticsStore statistics = new StatisticsStore(open.database);
      StatisticsStore.Range range = range(T, 2);
      assertThat(counts(statistics, StatisticsStore.Group.TYPE, "task", range).numbers())
          .containsExactly(2, 16, 0, 0, 0, 1, 1, 1, 0, 0, 1);
      assertThat(counts(statistics, StatisticsStore.Group.AGENT, "bob", range).numbers())
          .containsExactly(1, 8, 2, 16, 0, 1, 1, 1, 0, 0, 1);
      Counts all = counts(statistics, StatisticsStore.Group.ORGANIZATION, "", range);
      assertThat(all.errorRate()).isEqualTo(0.5);
      assertThat(all.times.percentileMillis(0.5)).isBetween(234.0, 266.0);
      List<StatisticsStore.Figure> hours =
          statistics.series("", StatisticsStore.Group.ORGANIZATION, null, range, null, 10);
      assertThat(hours).extracting(hour -> hour.counts().sent).containsExactly(2L, 1L);
      assertThat(hours).extracting(hour -> hour.counts().dead).containsExactly(0L, 1L);
      assertThat(statistics.top("", StatisticsStore.Top.PAIRS, range, 1))
          .singleElement()
          .satisfies(pair -> {
            assertThat(pair.key() + ">" + pair.other()).isEqualTo("alice>bob");
            assertThat(pair.counts().sent).isEqualTo(2);
          });
      assertThat(statistics.top("", StatisticsStore.Top.RECIPIENTS, range, 5))
          .extracting(StatisticsStore.Figure::key)
          .containsExactly("bob", "carol");
    }
  }

  @Test
  void pagesGoOnBehindTheLastFigure() {
    try (OpenJournal open = new OpenJournal(OpenJournal.bounds())) {
      for (int i = 0; i < 7; i++) {
        open.commit(message("a" + i, "bob", "task", T + i % 2 * HOUR));
      }
      fold(open);
      StatisticsStore statistics = new StatisticsStore(open.database);
      StatisticsStore.Range range = range(T, 2);
      List<String> totals = new ArrayList<>();
      StatisticsStore.After after = null;
      for (int page = 0; page < 4; page++) {
        List<StatisticsStore.Figure> some =
            statistics.totals("", StatisticsStore.Group.AGENT, null, range, after, 3);
        some.forEach(figure -> totals.add(figure.key()));
        after = some.isEmpty() ? after : after(some.getLast());
      }
      assertThat(totals).containsExactly("a0", "a1", "a2", "a3", "a4", "a5", "a6", "bob");
      List<String> series = new ArrayList<>();
      after = null;
      for (int page = 0; page < 4; page++) {
        List<StatisticsStore.Figure> some =
            statistics.series("", StatisticsStore.Group.AGENT, null, range, after, 3);
        some.forEach(figure -> series.add(figure.startHour() - range.fromHour() + figure.key()));
        after = some.isEmpty() ? after : after(some.getLast());
      }
      assertThat(series)
          .containsExactly("0a0", "0a2", "0a4", "0a6", "0bob", "1a1", "1a3", "1a5", "1bob");
    }
  }

  @Test
  void aCallThatTakesTooLongEndsAndTheNextOneIsAnswered() throws SQLException {
    try (OpenJournal open = new OpenJournal(OpenJournal.bounds())) {
      open.commit(message("alice", "bob", "task", T));
      fold(open);
      StatisticsStore hasty = new StatisticsStore(open.database, Duration.ofMillis(100));
      StatisticsStore.Range range = range(T, 1);
      try (Connection other = Database.connect(open.settings, "other");
          Statement statement = other.createStatement()) {
        other.setAutoCommit(false);
        statement.execute("LOCK TABLE statistics IN ACCESS EXCLUSIVE MODE");
        for (StatisticsStore.Top what : StatisticsStore.Top.values()) {
          assertThatThrownBy(() -> hasty.top(null, what, range, 10))
              .isInstanceOf(StoreException.TooLong.class);
        }
        assertThatThrownBy(
                () -> hasty.totals("", StatisticsStore.Group.AGENT, null, range, null, 10))
            .isInstanceOf(StoreException.TooLong.class);
        assertThatThrownBy(
                () -> hasty.series("", StatisticsStore.Group.AGENT, null, range, null, 10))
            .isInstanceOf(StoreException.TooLong.class);
        other.rollback();
      }
      assertThat(open.database.state().unavailable()).isZero();
      assertThat(
              new StatisticsStore(open.database).top(null, StatisticsStore.Top.SENDERS, range, 10))
          .hasSize(1);
    }
  }

  private static StatisticsStore.After after(StatisticsStore.Figure figure) {
    return new StatisticsStore.After(figure.startHour(), figure.key(), figure.organization());
  }

  /// The gateway is gone at any moment; another one replays what it left.
  @Test
  void countsOnceWhatAnotherOneReplays() throws Exception {
    DatabaseSettings settings = TestServer.freshDatabase();
    for (int round = 0; round < 4; round++) {
      OpenJournal open = new OpenJournal(settings, OpenJournal.bounds());
      try {
        traffic(open, round, 120);
        if (round % 2 == 0) {
          rollup(open).fold();
        }
      } finally {
        open.journal.abandon(); // some of it is rows, some is not
        open.database.close();
      }
    }
    assertCounted(settings);
  }

  /// What comes behind the counts in the transaction fails: the counts must go with it.
  @Test
  void countsNothingInATransactionThatFails() throws Exception {
    DatabaseSettings settings = TestServer.freshDatabase();
    try (OpenJournal open = new OpenJournal(settings, OpenJournal.bounds())) {
      execute(
          settings,
          """
          CREATE SEQUENCE attempts;
          CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM nextval('attempts'); RAISE EXCEPTION 'not now'; END $$;
          CREATE TRIGGER fail BEFORE UPDATE ON journal_checkpoint EXECUTE FUNCTION fail();
          """);
      traffic(open, 0, 40);
      await()
          .atMost(OpenJournal.PATIENCE)
          .until(() -> open.number("SELECT last_value FROM attempts") >= 3);
      assertThat(open.number("SELECT count(*) FROM statistics_batches")).isZero();
      execute(settings, "DROP TRIGGER fail ON journal_checkpoint");
      open.journal.awaitProjected();
    }
    assertCounted(settings);
  }

  /// Adding up fails behind the deletion of what it added up.
  @Test
  void losesNothingWhenAddingUpFails() throws Exception {
    DatabaseSettings settings = TestServer.freshDatabase();
    try (OpenJournal open = new OpenJournal(settings, OpenJournal.bounds())) {
      traffic(open, 0, 60);
      open.journal.awaitProjected();
      execute(
          settings,
          """
          CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
          CREATE TRIGGER fail AFTER INSERT ON statistics EXECUTE FUNCTION fail();
          """);
      long waiting = open.number("SELECT count(*) FROM statistics_batches");
      assertThatThrownBy(() -> rollup(open).fold()).isInstanceOf(StoreException.class);
      assertThat(open.number("SELECT count(*) FROM statistics")).isZero();
      assertThat(open.number("SELECT count(*) FROM statistics_batches")).isEqualTo(waiting);
      execute(settings, "DROP TRIGGER fail ON statistics");
    }
    assertCounted(settings);
  }

  @Test
  void addsUpOnceHoweverManyDoIt() throws Exception {
    DatabaseSettings settings = TestServer.freshDatabase();
    try (OpenJournal open = new OpenJournal(settings, OpenJournal.bounds())) {
      AtomicBoolean stop = new AtomicBoolean();
      List<Thread> folders = new ArrayList<>();
      List<Throwable> failures = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        folders.add(
            Thread.ofPlatform()
                .uncaughtExceptionHandler((_, e) -> {
                  synchronized (failures) {
                    failures.add(e);
                  }
                })
                .start(() -> {
                  while (!stop.get()) {
                    rollup(open).foldAll();
                  }
                }));
      }
      try {
        for (int round = 0; round < 4; round++) {
          traffic(open, round, 60);
          open.journal.awaitProjected();
        }
      } finally {
        stop.set(true);
        for (Thread folder : folders) {
          folder.join();
        }
      }
      assertThat(failures).isEmpty();
    }
    assertCounted(settings);
  }

  /// PostgreSQL is killed while rows are written and statistics are added up.
  @Test
  void countsOnceOverKillsOfTheServer() throws Exception {
    Path home = TestServer.freshHome();
    try (EmbeddedPostgres server = EmbeddedPostgres.start(home, TestServer.BINARIES)) {
      DatabaseSettings settings = server.database("killed");
      OpenJournal open = new OpenJournal(settings, OpenJournal.bounds());
      AtomicBoolean stop = new AtomicBoolean();
      Thread folder =
          Thread.ofPlatform()
              .start(() -> {
                while (!stop.get()) {
                  try {
                    rollup(open).foldAll();
                  } catch (StoreException _) {
                    Thread.onSpinWait(); // the server is away
                  }
                }
              });
      try {
        for (int round = 0; round < 2; round++) {
          traffic(open, round, 100);
          kill(home);
        }
        traffic(open, 9, 20);
        open.journal.awaitProjected();
      } finally {
        stop.set(true);
        folder.join();
        open.journal.abandon();
        open.database.close();
      }
      assertCounted(settings);
    }
  }

  @Test
  void countsNothingWhereStatisticsAreOff() throws Exception {
    DatabaseSettings settings = TestServer.freshDatabase().withCounting(false);
    try (OpenJournal open = new OpenJournal(settings, OpenJournal.bounds())) {
      traffic(open, 0, 30);
      open.journal.awaitProjected();
      assertThat(open.number("SELECT count(*) FROM statistics_batches")).isZero();
      assertThat(open.number("SELECT count(*) FROM message_queue WHERE status = 'processed'"))
          .isPositive();
    }
  }

  @Test
  void forgetsWhatIsOlderThanItIsKept() throws Exception {
    try (OpenJournal open = new OpenJournal(OpenJournal.bounds())) {
      open.commit(message("alice", "bob", "task", T));
      open.commit(message("alice", "bob", "task", T + 49 * HOUR));
      fold(open);
      long before = open.number("SELECT count(*) FROM statistics");
      InstantSource now = () -> Instant.ofEpochMilli(T + 50 * HOUR);
      new StatisticsRollup(open.database, Duration.ofHours(24), Duration.ofDays(30), now).purge();
      assertThat(open.number("SELECT count(*) FROM statistics WHERE width = 1"))
          .isEqualTo(before / 4);
      assertThat(open.number("SELECT count(*) FROM statistics WHERE width = 24"))
          .isEqualTo(before / 2);
    }
  }

  /// Messages of some agents and types, most of which come to some end.
  private static void traffic(OpenJournal open, int round, int count) {
    List<Accept> sent = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sent.add(message("s" + i % 3, "r" + i % 4, i % 5 == 0 ? "a\0b" : "task", T + i * 100_000L));
    }
    open.commitAll(sent);
    List<Progress> ends = new ArrayList<>();
    for (int i = 0; i < count; i += 1 + round % 2) {
      Accept accept = sent.get(i);
      long at = accept.acceptedAtMillis() + 10 + i;
      if (i % 7 == 0) {
        ends.add(progress(accept, MessageStatus.PENDING, i % 2 == 0 ? "broken" : null, at));
      }
      MessageStatus status =
          switch (i % 11) {
            case 0 -> MessageStatus.DEAD;
            case 1 -> MessageStatus.EXPIRED;
            case 2 -> MessageStatus.FAILED;
            case 3 -> MessageStatus.DELIVERED;
            default -> MessageStatus.PROCESSED;
          };
      ends.add(progress(accept, status, null, at));
    }
    open.commitAll(ends.subList(0, ends.size() / 2));
    if (round % 2 == 1) {
      open.journal.awaitProjected(); // the rest changes rows that are there
    }
    open.commitAll(ends.subList(ends.size() / 2, ends.size()));
  }

  private static Progress progress(
      Accept accept, MessageStatus status, @Nullable String reason, long atMillis) {
    return Progress.of(
        accept.recipient(),
        accept.mailboxEpoch(),
        accept.sequence(),
        status,
        reason,
        atMillis,
        null);
  }

  private static Accept message(String from, String to, String type, long atMillis) {
    return OpenJournal.message(from, to, "8 bytes.").type(type).times(atMillis, 0).build();
  }

  private static StatisticsRollup rollup(OpenJournal open) {
    return new StatisticsRollup(open.database, KEPT, KEPT, InstantSource.system());
  }

  private static void fold(OpenJournal open) {
    open.journal.awaitProjected();
    rollup(open).foldAll();
  }

  private static StatisticsStore.Range range(long fromMillis, int hours) {
    int from = (int) (fromMillis / HOUR);
    return StatisticsStore.Range.around(from, from + hours, false);
  }

  private static Counts counts(
      StatisticsStore statistics,
      StatisticsStore.Group group,
      String key,
      StatisticsStore.Range range) {
    List<StatisticsStore.Figure> figures = statistics.totals("", group, key, range, null, 10);
    assertThat(figures).hasSize(1);
    return figures.getFirst().counts();
  }

  /// Opens it once more, so that all of it is rows, adds up, and compares.
  private static void assertCounted(DatabaseSettings settings) throws SQLException {
    try (OpenJournal open = new OpenJournal(settings, OpenJournal.bounds())) {
      fold(open);
      String rows = text(settings, ROWS);
      assertThat(rows).as("something happened").doesNotStartWith("0 ");
      for (int dimension : new int[] {0, 1, 3}) {
        assertThat(text(settings, SUMS.formatted(dimension, 1)))
            .as("by hour, dimension %s", dimension)
            .isEqualTo(rows);
        assertThat(text(settings, SUMS.formatted(dimension, 24)))
            .as("by day, dimension %s", dimension)
            .isEqualTo(rows);
      }
      assertThat(text(settings, SUMS.formatted(2, 1)))
          .as("by agent, all that senders sent and recipients did")
          .isEqualTo(rows);
      StatisticsStore statistics = new StatisticsStore(open.database);
      Counts all = counts(statistics, StatisticsStore.Group.ORGANIZATION, "", range(T, 999));
      assertThat(all.times.count()).isEqualTo(all.processed);
    }
  }

  private static String text(DatabaseSettings settings, String query) throws SQLException {
    try (Connection connection = Database.connect(settings, "test");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  private static void execute(DatabaseSettings settings, String sql) throws SQLException {
    try (Connection connection = Database.connect(settings, "test");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /// All its processes, the one first that would look after the others.
  private static void kill(Path home) throws Exception {
    long pid = Long.parseLong(Files.readAllLines(home.resolve("data/postmaster.pid")).getFirst());
    ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
    List<ProcessHandle> all =
        Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle process : all) {
      process.onExit().get(10, TimeUnit.SECONDS);
    }
  }
}
