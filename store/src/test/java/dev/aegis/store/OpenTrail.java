package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A journal with its audit trail over a fresh database, and short ways to look at the trail.
final class OpenTrail implements AutoCloseable {
  static final SigningKey KEY;
  private static final Primitives PRIMITIVES = Primitives.select();

  static {
    KEY = PRIMITIVES.ed25519().generate(new SecureRandom());
  }

  OpenJournal open;

  OpenTrail() {
    this(OpenJournal.bounds());
  }

  OpenTrail(JournalSettings bounds) {
    open = new OpenJournal(bounds);
  }

  @Override
  public void close() {
    open.close();
  }

  /// Signs for all there is.
  void sign() {
    new TrailSigner(open.database, KEY, InstantSource.system()).sign();
  }

  EventTrail events(InstantSource clock) {
    return EventTrail.start(open.database, TrailSettings.defaults(), clock);
  }

  BestEffortTrail passedOn(TrailQueue queue) {
    return BestEffortTrail.start(
        open.database, queue, TrailSettings.defaults(), InstantSource.system());
  }

  void agents(String organization, String... ids) {
    AgentStore agents = new AgentStore(open.database, InstantSource.system(), new SecureRandom());
    agents.addOrganization(organization, organization);
    for (String id : ids) {
      assertThat(agents.add(id, organization, new byte[32])).isTrue();
    }
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = Database.connect(open.settings, "test");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /// That a trail is whole.
  TrailVerifier.Result verify(String organization, long keptFrom) {
    TrailVerifier.Result result = check(organization, keptFrom);
    assertThat(result.problems()).isEmpty();
    return result;
  }

  TrailVerifier.Result check(String organization, long keptFrom) {
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

  List<String> story(UUID id) {
    return entries(query().message(id)).stream().map(OpenTrail::shown).toList();
  }

  static String shown(AuditEntry entry) {
    return entry.atMillis()
        + " "
        + entry.event().label()
        + (entry.reason() == null ? "" : " " + entry.reason());
  }

  List<UUID> ids(Query query) {
    return ids(query, 100);
  }

  List<UUID> ids(Query query, int limit) {
    return entries(query, limit).stream()
        .filter(entry -> entry.event() == AuditEvent.ACCEPTED)
        .map(AuditEntry::message)
        .toList();
  }

  List<AuditEntry> entries(Query query) {
    return entries(query, 100);
  }

  List<AuditEntry> entries(Query query, int limit) {
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

  static Query query() {
    return new Query();
  }

  /// The oldest first, where nothing is said.
  static final class Query {
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
