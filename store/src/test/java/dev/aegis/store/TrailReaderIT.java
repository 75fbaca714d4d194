package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.AuditEvent;
import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.Page;
import dev.aegis.store.audit.PageEntries;
import dev.aegis.store.audit.Retention;
import dev.aegis.store.audit.TrailVerifier;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How the trail is searched and exported: what is found, and how much a call reads.
final class TrailReaderIT {
  /// When synthetic pages are of.
  private static final long T = 1_767_323_045_678L;

  /// More than a call looks at.
  private static final int PAGES = 6_000;

  private final OpenTrail trail = new OpenTrail();

  @AfterEach
  void close() {
    trail.close();
  }

  @Test
  void whatIsLookedForIsFoundPageByPage() {
    UUID conversation = UUID.randomUUID();
    Accept asked =
        trail.open.commit(
            OpenJournal.message("alice", "bob", "?").conversation(conversation).build());
    Accept answered =
        trail.open.commit(
            OpenJournal.message("bob", "alice", "!")
                .conversation(conversation)
                .correlation(asked.id())
                .build());
    List<Accept> others = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      others.add(OpenJournal.message("carol", "dave", "n" + i).times(5_000 + i, 0).build());
    }
    trail.open.commitAll(others);
    trail.open.journal.awaitProjected();

    assertThat(trail.ids(OpenTrail.query().conversation(conversation)))
        .containsExactlyInAnyOrder(asked.id(), answered.id());
    assertThat(trail.ids(OpenTrail.query().correlation(asked.id())))
        .containsExactlyInAnyOrder(asked.id(), answered.id());
    assertThat(trail.ids(OpenTrail.query().agent("alice")))
        .containsExactlyInAnyOrder(asked.id(), answered.id());
    assertThat(trail.ids(OpenTrail.query().sender("alice"))).containsExactly(asked.id());
    assertThat(trail.ids(OpenTrail.query().recipient("alice"))).containsExactly(answered.id());
    assertThat(trail.ids(OpenTrail.query().agent("nobody"))).isEmpty();
    assertThat(trail.ids(OpenTrail.query().event(AuditEvent.DEAD))).isEmpty();
    assertThat(trail.ids(OpenTrail.query().times(5_010, 5_020))).hasSize(10);
    assertThat(trail.ids(OpenTrail.query().agent("carol").newest(true), 7))
        .hasSize(30)
        .doesNotHaveDuplicates();
    List<UUID> oldest = trail.ids(OpenTrail.query().agent("carol").newest(false), 7);
    assertThat(oldest).isEqualTo(others.stream().map(Accept::id).toList());
  }

  @Test
  void aSearchLooksAtABoundedPartAndSaysWhereToGoOn() throws SQLException {
    manyPages();
    for (boolean newest : new boolean[] {false, true}) {
      for (String organization : new String[] {"left", null}) {
        TrailQuery query = since(organization, T + PAGES + 1, newest);
        TrailReader reader = new TrailReader(trail.open.database);
        TrailReader.Result first = reader.search(query, null, 10);
        assertThat(first.entries()).isEmpty();
        assertThat(first.next()).isNotNull();
        TrailReader.Result second = reader.search(query, first.next(), 10);
        assertThat(second.entries()).isEmpty();
        assertThat(second.next()).isNull();
      }
    }
  }

  @Test
  void whatAPageCannotHaveBeenWrittenForIsPassedOver() throws SQLException {
    manyPages();
    long later = T + Duration.ofHours(2).toMillis();
    TrailReader reader = new TrailReader(trail.open.database);
    assertThat(reader.search(since("left", later, false), null, 10).next()).isNull();
    long earlier = T - Duration.ofHours(2).toMillis();
    TrailQuery before = OpenTrail.query().of("left").times(0, earlier).newest(true).build();
    assertThat(reader.search(before, null, 10).next()).isNull();
  }

  /// As by a gateway that was away for long.
  @Test
  void whatWasWrittenLateIsFoundByWhenItHappened() throws SQLException {
    long later = T + Duration.ofHours(2).toMillis();
    page(1, T, T);
    page(2, later, T + 1);
    page(3, later + 1, later + 1);
    for (boolean newest : new boolean[] {false, true}) {
      assertThat(trail.entries(OpenTrail.query().times(T, T + 10).newest(newest), 1))
          .extracting(AuditEntry::type)
          .containsExactly(newest ? "n2" : "n1", newest ? "n1" : "n2");
    }
    assertThat(trail.entries(OpenTrail.query().times(T + 10, later + 10)))
        .extracting(AuditEntry::type)
        .containsExactly("n3");
  }

  @Test
  void searchesAndExportsGoByAnIndexToWhereTheyBegin() throws SQLException {
    manyPages();
    trail.execute("ANALYZE audit_pages");
    TrailReader.Cursor at = new TrailReader.Cursor(T + 3_000, "left", 0, 1, 999, 3_000, 0);
    for (boolean newest : new boolean[] {false, true}) {
      TrailQuery all = since(null, T, newest);
      assertThat(plan(TrailSearch.sql(all, true), s -> TrailSearch.bind(s, all, at)))
          .contains("audit_pages_0_rest_at_idx")
          .doesNotContain("Seq Scan on audit_pages_0_rest");
      TrailQuery left = since("left", T, newest);
      assertThat(plan(TrailSearch.sql(left, true), s -> TrailSearch.bind(s, left, at)))
          .containsAnyOf("audit_pages_0_rest_organization_at_idx", "audit_pages_0_rest_at_idx")
          .doesNotContain("Seq Scan on audit_pages_0_rest");
    }
    String export =
        plan(
            TrailReader.EXPORT,
            s -> {
              s.setInt(1, 0);
              s.setString(2, "left");
              s.setInt(3, 1);
              s.setLong(4, 999);
              s.setLong(5, 3_000);
              s.setLong(6, 0);
              s.setInt(7, 256);
            });
    assertThat(export.lines().filter(line -> line.contains("Index Cond")))
        .anySatisfy(line -> assertThat(line).contains("organization").contains("ROW("));
  }

  private String plan(String sql, MessageRows.Binder binder) throws SQLException {
    StringBuilder plan = new StringBuilder();
    try (Connection connection = Database.connect(trail.open.settings, "test");
        PreparedStatement query = connection.prepareStatement("EXPLAIN " + sql)) {
      binder.bind(query);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          plan.append(row.getString(1)).append('\n');
        }
      }
    }
    return plan.toString();
  }

  @Test
  void anExportReadsLittleMoreThanItAnswers() throws SQLException {
    trail.execute(pages(64, "repeat('x', 524288)::bytea"));
    TrailReader reader = new TrailReader(trail.open.database);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    List<TrailReader.StoredPage> pages = reader.export("left", 0, null);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(pages).hasSize(8);
    assertThat(allocated).isLessThan(24L << 20);
  }

  @Test
  void anExportGoesThroughAllRetentions() throws SQLException {
    trail.agents("left", "a1");
    RetentionStore retentions = new RetentionStore(trail.open.database, Retention.FOREVER);
    for (Retention retention : Retention.values()) {
      retentions.set("left", retention);
      try (EventTrail events = trail.events(InstantSource.system())) {
        events.action("left", "admin", "did", "a1", null);
        events.action("left", "admin", "did", "a1", null);
      }
    }
    trail.sign();
    TrailVerifier.Result result = trail.verify("left", 0);
    assertThat(result.entries()).isEqualTo(8);
    assertThat(result.checkpoints()).isEqualTo(4);
    TrailReader reader = new TrailReader(trail.open.database);
    List<TrailReader.StoredPage> behind =
        reader.export("left", 0, new TrailReader.ExportCursor(30, 0, 0, 1));
    assertThat(behind)
        .extracting(stored -> stored.page().chain().retention())
        .startsWith(Retention.DAYS_30, Retention.DAYS_30, Retention.DAYS_90)
        .hasSize(8);
  }

  private static TrailQuery since(@Nullable String organization, long from, boolean newest) {
    OpenTrail.Query query = OpenTrail.query().times(from, Long.MAX_VALUE).newest(newest);
    return organization == null ? query.build() : query.of(organization).build();
  }

  /// Of entries that happened at [#T], with times behind that.
  private void manyPages() throws SQLException {
    trail.execute(pages(PAGES, "''::bytea"));
  }

  private static String pages(int count, String body) {
    return "INSERT INTO audit_pages (retention, organization, stream, journal, number, at, first_at,"
        + " last_at, entries, keys, previous_at, previous, hash, body) SELECT 0, 'left', 1, 999, n, "
        + T
        + " + n, "
        + T
        + ", "
        + T
        + ", 1, ''::bytea, 0, ''::bytea, ''::bytea, "
        + body
        + " FROM generate_series(1, "
        + count
        + ") n";
  }

  private void page(long number, long writtenAt, long happenedAt) throws SQLException {
    PageEntries entries = new PageEntries();
    entries.add(AuditEntry.action(happenedAt, "admin", "n" + number, "it", null));
    Chain chain = new Chain("left", Retention.FOREVER, Chain.Stream.EVENTS, 999);
    Page page = new Page(chain, number, writtenAt, 0, Page.none(), entries.body());
    ChainWriter.Row row =
        new ChainWriter.Row(page, page.hash(), happenedAt, happenedAt, 1, entries.keys(), null);
    try (Connection connection = Database.connect(trail.open.settings, "test")) {
      ChainWriter.insert(connection, List.of(row));
    }
  }
}
