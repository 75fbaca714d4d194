package dev.aegis.store;

import static dev.aegis.store.MessageStatus.DEAD;
import static dev.aegis.store.MessageStatus.DELIVERED;
import static dev.aegis.store.MessageStatus.PENDING;
import static dev.aegis.store.MessageStatus.PROCESSED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.crypto.MerkleTree;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.AuditEvent;
import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.Retention;
import dev.aegis.store.audit.TrailVerifier;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The trail in the database: what is in it after whatever happened, and how it is found, verified
/// and dropped.
final class AuditTrailIT {
  private static final Primitives PRIMITIVES = Primitives.select();
  private static final SigningKey KEY = PRIMITIVES.ed25519().generate(new SecureRandom());

  private OpenJournal open;

  @BeforeEach
  void open() {
    open = new OpenJournal(OpenJournal.bounds());
  }

  @AfterEach
  void close() {
    open.close();
  }

  @Test
  void everyStepOfAMessageIsThereOnceWhicheverBatchItFallsInto() {
    Accept plain = open.commit(OpenJournal.message("alice", "bob", "a").build());
    open.progress(plain, DELIVERED, null, 2_000);
    open.progress(plain, PROCESSED, null, 3_000);
    Accept failing = open.commit(OpenJournal.message("alice", "bob", "b").build());
    open.progress(failing, DELIVERED, null, 2_000);
    open.journal.awaitProjected(); // the steps behind this fall into another batch than it
    open.progress(failing, PENDING, "no", 2_500);
    open.progress(failing, DELIVERED, null, 2_600);
    open.progress(failing, DEAD, "no", 2_700);
    open.journal.awaitProjected();
    open.commit(
        new Discard(failing.recipient(), failing.mailboxEpoch(), failing.sequence(), 2_800, null));
    open.journal.awaitProjected();

    assertThat(story(plain.id()))
        .containsExactly("1000 accepted", "2000 delivered", "3000 processed");
    assertThat(story(failing.id()))
        .containsExactly(
            "1000 accepted",
            "2000 delivered",
            "2500 retried no",
            "2600 delivered",
            "2700 dead no",
            "2800 discarded discarded");
    AuditEntry accepted = entries(query().message(plain.id())).getFirst();
    assertThat(accepted.sender()).isEqualTo("alice");
    assertThat(accepted.recipient()).isEqualTo("bob");
    assertThat(accepted.type()).isEqualTo("note");
    assertThat(accepted.digest())
        .isEqualTo(MerkleTree.leafHash(plain.envelope(), 0, plain.envelope().length));
    verify("@gateway", 0);
  }

  /// A gateway that is gone in the middle of everything, again and again.
  @Test
  void afterCrashesNothingIsMissingAndNothingIsThereTwice() throws SQLException {
    List<Accept> finished = new ArrayList<>();
    for (int life = 0; life < 4; life++) {
      List<Accept> accepts = messages(200);
      open.commitAll(accepts);
      open.commitAll(progress(accepts, DELIVERED, 2_000));
      open.commitAll(progress(accepts, PROCESSED, 3_000));
      finished.addAll(accepts);
      List<Accept> cut = messages(200);
      cut.forEach(open.journal::offer);
      open.journal.abandon(); // some of these are on disk, and nobody knows which
      open.database.close();
      open = new OpenJournal(open.settings, OpenJournal.bounds());
    }
    open.journal.awaitProjected();

    for (Accept accept : finished) {
      assertThat(story(accept.id()))
          .containsExactly("1000 accepted", "2000 delivered", "3000 processed");
    }
    List<UUID> accepted = ids(query());
    assertThat(accepted).doesNotHaveDuplicates();
    assertThat(accepted).containsAll(finished.stream().map(Accept::id).toList());
    assertThat(open.number("SELECT count(*) FROM message_queue")).isEqualTo(accepted.size());
    new TrailSigner(open.database, KEY, InstantSource.system()).sign();
    TrailVerifier.Result result = verify("@gateway", 0);
    assertThat(result.notes()).noneSatisfy(n -> assertThat(n).contains("not signed for"));
    assertThat(result.entries()).isEqualTo(accepted.size() + 2L * finished.size());
  }

  private static List<Accept> messages(int count) {
    List<Accept> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      messages.add(OpenJournal.message("alice", "bob" + i % 3, "n" + i).build());
    }
    return messages;
  }

  private static List<Progress> progress(
      List<Accept> accepts, MessageStatus status, long atMillis) {
    return accepts.stream()
        .map(accept ->
            Progress.of(
                accept.recipient(),
                accept.mailboxEpoch(),
                accept.sequence(),
                status,
                null,
                atMillis,
                null))
        .toList();
  }

  @Test
  void eachOrganizationHasATrailOfItsOwnAndAMessageBetweenTwoIsInBoth() throws SQLException {
    agents("left", "a1", "a2");
    agents("right", "b1");
    Accept within = open.commit(OpenJournal.message("a1", "a2", "x").build());
    Accept between = open.commit(OpenJournal.message("a1", "b1", "y").build());
    open.journal.awaitProjected();
    open.progress(between, DELIVERED, null, 2_000);
    open.journal.awaitProjected();

    assertThat(ids(query().of("left"))).containsExactlyInAnyOrder(within.id(), between.id());
    assertThat(ids(query().of("right"))).containsExactly(between.id());
    assertThat(entries(query().of("left").message(between.id()))).hasSize(2);
    assertThat(entries(query().of("right").message(between.id()))).hasSize(2);
    new TrailSigner(open.database, KEY, InstantSource.system()).sign();
    verify("left", 0);
    verify("right", 0);
  }

  @Test
  void whatIsLookedForIsFoundPageByPage() {
    UUID conversation = UUID.randomUUID();
    Accept asked =
        open.commit(OpenJournal.message("alice", "bob", "?").conversation(conversation).build());
    Accept answered =
        open.commit(
            OpenJournal.message("bob", "alice", "!")
                .conversation(conversation)
                .correlation(asked.id())
                .build());
    List<Accept> others = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      others.add(OpenJournal.message("carol", "dave", "n" + i).times(5_000 + i, 0).build());
    }
    open.commitAll(others);
    open.journal.awaitProjected();

    assertThat(ids(query().conversation(conversation)))
        .containsExactlyInAnyOrder(asked.id(), answered.id());
    assertThat(ids(query().correlation(asked.id())))
        .containsExactlyInAnyOrder(asked.id(), answered.id());
    assertThat(ids(query().agent("alice"))).containsExactlyInAnyOrder(asked.id(), answered.id());
    assertThat(ids(query().sender("alice"))).containsExactly(asked.id());
    assertThat(ids(query().recipient("alice"))).containsExactly(answered.id());
    assertThat(ids(query().agent("nobody"))).isEmpty();
    assertThat(ids(query().event(AuditEvent.DEAD))).isEmpty();
    assertThat(ids(query().times(5_010, 5_020))).hasSize(10);
    assertThat(ids(query().agent("carol").newest(true), 7)).hasSize(30).doesNotHaveDuplicates();
    List<UUID> oldest = ids(query().agent("carol").newest(false), 7);
    assertThat(oldest).isEqualTo(others.stream().map(Accept::id).toList());
  }

  @Test
  void actionsAreOnDiskWhenTheyAreAnsweredAndSessionsSoonAfter() throws SQLException {
    agents("left", "a1");
    try (EventTrail trail = events(InstantSource.fixed(Instant.ofEpochMilli(1_767_323_045_678L)))) {
      trail.session(AuditEvent.SESSION_OPENED, "left", "a1", 7, null);
      trail.action("left", "api.ops", "key-created", "back'; DROP TABLE audit_log; --", "x=\0");
      trail.action(null, "admin", "agent-revoked", "a1", null);
      trail.action(null, "admin", "cluster", "all", null);

      assertThat(entries(query().of("left")).stream().map(AuditTrailIT::shown))
          .containsExactly(
              "1767323045678 session-opened",
              "1767323045678 action x=\uFFFD",
              "1767323045678 action");
      assertThat(entries(query().of(Chain.GATEWAY)))
          .singleElement()
          .satisfies(e -> {
            assertThat(e.type()).isEqualTo("cluster");
          });
      assertThat(open.number("SELECT count(*) FROM audit_log WHERE actor = 'api.ops'")).isOne();
      assertThatThrownBy(() -> trail.action("left", "admin", "x", "a1", "d".repeat(1_025)))
          .isInstanceOf(StoreException.Rejected.class);
      assertThat(entries(query().of("left"))).hasSize(3);
    }
    new TrailSigner(open.database, KEY, InstantSource.system()).sign();
  }

  @Test
  void anActionThatCannotBeKeptIsNotAnswered() throws SQLException {
    try (EventTrail trail =
        EventTrail.start(
            open.database,
            TrailSettings.defaults(),
            InstantSource.system(),
            Duration.ofMillis(300))) {
      try (Connection _ = open.lockTable("audit_chains")) {
        assertThatThrownBy(() -> trail.action("left", "admin", "x", "y", null))
            .isInstanceOf(StoreException.Unavailable.class);
      }
    }
  }

  @Test
  void whatIsChangedInTheDatabaseIsFoundInAnExport() throws SQLException {
    for (int i = 0; i < 3; i++) {
      open.commit(OpenJournal.message("alice", "bob", "n" + i).build());
      open.journal.awaitProjected();
    }
    TrailSigner signer = new TrailSigner(open.database, KEY, InstantSource.system());
    signer.sign();
    verify("@gateway", 0);
    execute("UPDATE audit_pages SET body = body || '\\x00' WHERE stream = 1 AND number = 2");
    assertThat(check("@gateway", 0).problems()).isNotEmpty();
    execute("DELETE FROM audit_pages WHERE stream = 1 AND number = 2");
    assertThat(check("@gateway", 0).problems())
        .anySatisfy(p -> assertThat(p).contains("pages 2 to 2 are missing"));
    execute("DELETE FROM audit_pages WHERE stream = 1");
    assertThat(check("@gateway", 0).problems())
        .anySatisfy(p -> assertThat(p).contains("is missing: 3 pages were signed for"));

    execute("DELETE FROM audit_pages WHERE stream = 0");
    execute("DELETE FROM audit_chains WHERE stream = 0");
    open.commit(OpenJournal.message("alice", "bob", "more").build());
    open.journal.awaitProjected();
    signer.sign();
    assertThat(open.number("SELECT number FROM audit_pages WHERE stream = 0"))
        .as("the signer remembers what it signed, and leaves the gap to be seen")
        .isEqualTo(2);
  }

  @Test
  void whatIsOverIsDroppedAndWhatIsKeptVerifies() throws SQLException {
    agents("left", "a1");
    long now = System.currentTimeMillis();
    new RetentionStore(open.database, Retention.FOREVER).set("left", Retention.DAYS_30);
    TrailPartitions partitions = new TrailPartitions(open.database);
    long old = now - Duration.ofDays(40).toMillis();
    partitions.maintain(old);
    try (EventTrail trail = events(InstantSource.fixed(Instant.ofEpochMilli(old)))) {
      trail.action("left", "admin", "old", "a1", null);
    }
    new TrailSigner(open.database, KEY, Clock.fixed(Instant.ofEpochMilli(old), ZoneOffset.UTC))
        .sign();
    try (EventTrail trail = events(InstantSource.fixed(Instant.ofEpochMilli(now)))) {
      trail.action("left", "admin", "new", "a1", null);
    }
    new TrailSigner(open.database, KEY, InstantSource.system()).sign();
    assertThat(open.number("SELECT count(*) FROM audit_pages_30_rest WHERE stream = 2"))
        .as("no partition was there for today")
        .isOne();
    assertThat(verify("left", 0).entries()).isEqualTo(2);

    partitions.maintain(now);
    assertThat(entries(query().of("left")).stream().map(AuditEntry::type)).containsExactly("new");
    TrailVerifier.Result result = check("left", Retention.DAYS_30.keptFrom(now));
    assertThat(result.problems()).isEmpty();
    assertThat(result.notes()).anySatisfy(n -> assertThat(n).contains("begins with page 2"));
    assertThat(
            open.number(
                "SELECT count(*) FROM pg_class WHERE relname LIKE 'audit\\_pages\\_30\\_2%'"
                    + " AND relkind = 'r'"))
        .isLessThan(8);
  }

  @Test
  void settledMessagesAreDeletedWhenTheirTimeIsOverAndOthersNever() throws SQLException {
    agents("left", "a1");
    long now = Duration.ofDays(100).toMillis();
    Accept done = open.commit(OpenJournal.message("a1", "a1", "done").build());
    open.progress(done, DELIVERED, null, 2_000);
    open.progress(done, PROCESSED, null, 3_000);
    Accept waiting = open.commit(OpenJournal.message("a1", "a1", "waiting").build());
    Accept dead = open.commit(OpenJournal.message("a1", "a1", "dead").build());
    open.progress(dead, DEAD, "no", 3_000);
    open.journal.awaitProjected();

    RetentionStore retention = new RetentionStore(open.database, Retention.FOREVER);
    assertThat(retention.purge(now)).isZero();
    assertThat(retention.set("left", Retention.DAYS_90)).isTrue();
    assertThat(retention.set("nowhere", Retention.DAYS_90)).isFalse();
    assertThat(retention.find("left")).contains(Retention.DAYS_90);
    assertThat(retention.purge(now)).isOne();
    assertThat(open.messages.find(done.id())).isEmpty();
    assertThat(open.messages.find(waiting.id())).isPresent();
    assertThat(open.messages.find(dead.id())).isPresent();
    assertThat(story(done.id())).hasSize(3);
    open.commit(new Discard("a1", dead.mailboxEpoch(), dead.sequence(), 4_000, null));
    open.journal.awaitProjected();
    assertThat(retention.purge(now)).isOne();
    assertThat(open.number("SELECT count(*) FROM message_delivery_log")).isZero();
  }

  @Test
  void whatIsErasedHasNoPayloadAndKeepsItsTrail() throws SQLException {
    Accept done = open.commit(OpenJournal.message("alice", "bob", "secret").build());
    Erasure erasure = new Erasure(open.database, InstantSource.system());
    open.journal.awaitProjected();
    assertThat(erasure.erase(done.id(), "alice", "bob")).isEqualTo(Erasure.Result.NOT_SETTLED);
    open.progress(done, PROCESSED, null, 3_000);
    open.journal.awaitProjected();

    assertThat(erasure.erase(done.id(), "alice", "bob")).isEqualTo(Erasure.Result.ERASED);
    assertThat(erasure.erase(done.id(), "alice", "bob")).isEqualTo(Erasure.Result.ERASED);
    assertThat(erasure.erase(done.id(), "alice", "eve")).isEqualTo(Erasure.Result.UNKNOWN);
    StoredMessage left = open.messages.find(done.id()).orElseThrow();
    assertThat(left.erased()).isTrue();
    assertThat(left.status()).isEqualTo(PROCESSED);
    assertThat(open.number("SELECT sum(length(encrypted_payload)) FROM message_queue")).isZero();
    assertThat(story(done.id())).containsExactly("1000 accepted", "3000 processed");
  }

  @Test
  void messagesAreNotInTheTrailWhereThatIsTurnedOff() {
    close();
    open =
        new OpenJournal(
            OpenJournal.bounds()
                .withTrail(new TrailSettings(false, Retention.FOREVER, Duration.ofMinutes(1))));
    Accept accept = open.commit(OpenJournal.message("alice", "bob", "a").build());
    open.progress(accept, DELIVERED, null, 2_000);
    open.journal.awaitProjected();
    assertThat(story(accept.id())).isEmpty();
  }

  private EventTrail events(InstantSource clock) {
    return EventTrail.start(open.database, TrailSettings.defaults(), clock);
  }

  private void agents(String organization, String... ids) {
    AgentStore agents = new AgentStore(open.database, InstantSource.system(), new SecureRandom());
    agents.addOrganization(organization, organization);
    for (String id : ids) {
      assertThat(agents.add(id, organization, new byte[32])).isTrue();
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = Database.connect(open.settings, "test");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /// That a trail is whole.
  private TrailVerifier.Result verify(String organization, long keptFrom) {
    TrailVerifier.Result result = check(organization, keptFrom);
    assertThat(result.problems()).isEmpty();
    return result;
  }

  private TrailVerifier.Result check(String organization, long keptFrom) {
    TrailVerifier verifier =
        new TrailVerifier(
            PRIMITIVES.ed25519(),
            Set.of(KEY.verifyingKey()),
            organization,
            System.currentTimeMillis(),
            0);
    for (Retention retention : Retention.values()) {
      verifier.kept(retention, Math.min(keptFrom, retention.keptFrom(System.currentTimeMillis())));
    }
    TrailReader reader = new TrailReader(open.database);
    TrailReader.ExportCursor at = null;
    List<TrailReader.StoredPage> pages = reader.export(organization, 0, at);
    Set<String> seen = new HashSet<>();
    while (!pages.isEmpty()) {
      for (TrailReader.StoredPage stored : pages) {
        Chain chain = stored.page().chain();
        at =
            new TrailReader.ExportCursor(
                chain.retention().code(),
                chain.stream().code(),
                chain.journal(),
                stored.page().number());
        assertThat(seen.add(at.text())).isTrue();
        verifier.page(stored.page(), stored.signature());
      }
      pages = reader.export(organization, 0, at);
    }
    return verifier.finish();
  }

  private List<String> story(UUID id) {
    return entries(query().message(id)).stream().map(AuditTrailIT::shown).toList();
  }

  private static String shown(AuditEntry entry) {
    return entry.atMillis()
        + " "
        + entry.event().label()
        + (entry.reason() == null ? "" : " " + entry.reason());
  }

  private List<UUID> ids(Query query) {
    return ids(query, 100);
  }

  private List<UUID> ids(Query query, int limit) {
    return entries(query, limit).stream()
        .filter(entry -> entry.event() == AuditEvent.ACCEPTED)
        .map(AuditEntry::message)
        .toList();
  }

  private List<AuditEntry> entries(Query query) {
    return entries(query, 100);
  }

  private List<AuditEntry> entries(Query query, int limit) {
    TrailReader reader = new TrailReader(open.database);
    List<AuditEntry> found = new ArrayList<>();
    TrailReader.Cursor at = null;
    Predicate<TrailReader.Result> more = result -> result.next() != null;
    TrailReader.Result result;
    do {
      result = reader.search(query.build(), at, limit);
      assertThat(result.entries()).hasSizeLessThanOrEqualTo(limit);
      result.entries().forEach(one -> found.add(one.entry()));
      at = result.next() == null ? null : TrailReader.Cursor.of(result.next().text());
    } while (more.test(result));
    return found;
  }

  private static Query query() {
    return new Query();
  }

  /// The oldest first, where nothing is said.
  private static final class Query {
    private @Nullable String organization;
    private @Nullable String agent;
    private @Nullable String sender;
    private @Nullable String recipient;
    private @Nullable UUID message;
    private @Nullable UUID conversation;
    private @Nullable UUID correlation;
    private @Nullable AuditEvent event;
    private long from;
    private long to = Long.MAX_VALUE;
    private boolean newest;

    Query of(String value) {
      organization = value;
      return this;
    }

    Query agent(String value) {
      agent = value;
      return this;
    }

    Query sender(String value) {
      sender = value;
      return this;
    }

    Query recipient(String value) {
      recipient = value;
      return this;
    }

    Query message(UUID value) {
      message = value;
      return this;
    }

    Query conversation(UUID value) {
      conversation = value;
      return this;
    }

    Query correlation(UUID value) {
      correlation = value;
      return this;
    }

    Query event(AuditEvent value) {
      event = value;
      return this;
    }

    Query times(long since, long before) {
      from = since;
      to = before;
      return this;
    }

    Query newest(boolean value) {
      newest = value;
      return this;
    }

    TrailQuery build() {
      return new TrailQuery(
          organization,
          agent,
          sender,
          recipient,
          message,
          conversation,
          correlation,
          event,
          from,
          to,
          newest);
    }
  }
}
