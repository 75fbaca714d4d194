package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.store.Erasure;
import dev.aegis.store.EventTrail;
import dev.aegis.store.RetentionStore;
import dev.aegis.store.TrailQuery;
import dev.aegis.store.TrailReader;
import dev.aegis.store.audit.AuditEvent;
import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.MalformedPageException;
import dev.aegis.store.audit.Retention;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The audit trail of an organization: what is looked for in it, an export that can be verified
/// without the gateway, and how long it is kept. Blocking.
public final class AuditResource implements Resource {
  private static final String[] FILTERS = {
    "agent",
    "sender",
    "recipient",
    "message_id",
    "conversation_id",
    "correlation_id",
    "event",
    "from",
    "to",
    "order",
    "limit",
    "cursor"
  };

  private final String prefix;
  private final Store store;
  private final Audit audit;
  private final InstantSource clock;

  /// What it works on.
  ///
  /// @param dedupeWindow nothing may be kept shorter
  /// @param projected waits until the trail has what was committed by now
  public record Store(
      TrailReader reader,
      RetentionStore retention,
      Duration dedupeWindow,
      Erasure erasure,
      EventTrail trail,
      Runnable projected) {}

  /// @param prefix what stands before the paths, such as `/api/v1`; with `/admin`, the caller
  ///   chooses the organization
  AuditResource(String prefix, Store store, Audit audit, InstantSource clock) {
    this.prefix = prefix;
    this.store = store;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        also(Route.get(prefix + "/audit", this::search).query(with(FILTERS)), "/api/audit")
            .needs(Scope.AUDIT_READ),
        also(
                Route.get(prefix + "/audit/export", this::export).query(with("from", "cursor")),
                "/api/audit/export")
            .needs(Scope.AUDIT_READ),
        Route.get(prefix + "/audit/retention", this::retention)
            .query(with())
            .needs(Scope.AUDIT_READ),
        Route.put(prefix + "/audit/retention", this::retain)
            .query(with())
            .needs(Scope.AUDIT_WRITE));
  }

  private boolean isAdmins() {
    return prefix.equals("/admin");
  }

  private Route also(Route route, String alias) {
    return isAdmins() ? route : route.also(alias);
  }

  private String[] with(String... parameters) {
    if (!isAdmins()) {
      return parameters;
    }
    String[] more = Arrays.copyOf(parameters, parameters.length + 1);
    more[parameters.length] = "organization";
    return more;
  }

  /// Entries by page, newest first unless asked for otherwise.
  private Reply search(Call call) throws ProblemException {
    Page page = Page.of(call);
    String order = call.parameter("order");
    if (order != null && !order.equals("newest") && !order.equals("oldest")) {
      throw ProblemException.invalid("order: newest or oldest");
    }
    String organization = call.caller().organization();
    TrailQuery query =
        new TrailQuery(
            organization == null ? call.parameter("organization") : organization,
            call.parameter("agent"),
            call.parameter("sender"),
            call.parameter("recipient"),
            uuid(call, "message_id"),
            uuid(call, "conversation_id"),
            uuid(call, "correlation_id"),
            event(call.parameter("event")),
            time(call, "from", 0),
            time(call, "to", Long.MAX_VALUE),
            !"oldest".equals(order));
    store.projected.run();
    TrailReader.Result result = store.reader.search(query, cursor(page.after()), page.limit());
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("entries", result.entries().stream().map(this::shown).toList());
    TrailReader.Cursor next = result.next();
    if (next != null) {
      reply.put("next_cursor", Page.cursor(next.text()));
    }
    return Reply.json(200, reply);
  }

  private Map<String, Object> shown(TrailReader.Found found) {
    Map<String, Object> shown = ExportFormat.entry(found.entry());
    if (isAdmins()) {
      shown.put("organization", found.chain().organization());
    }
    shown.put("page", found.chain() + "/" + found.page());
    return shown;
  }

  private static TrailReader.@Nullable Cursor cursor(@Nullable String text)
      throws ProblemException {
    if (text == null) {
      return null;
    }
    try {
      return TrailReader.Cursor.of(text);
    } catch (IllegalArgumentException _) {
      throw Page.invalidCursor();
    }
  }

  private static @Nullable UUID uuid(Call call, String name) throws ProblemException {
    String text = call.parameter(name);
    return text == null ? null : Fields.uuid(name, text);
  }

  private static @Nullable AuditEvent event(@Nullable String label) throws ProblemException {
    if (label == null) {
      return null;
    }
    AuditEvent event = AuditEvent.ofLabel(label);
    if (event == null) {
      throw ProblemException.invalid("event: there is none of that name");
    }
    return event;
  }

  private static long time(Call call, String name, long otherwise) throws ProblemException {
    String text = call.parameter(name);
    return text == null ? otherwise : Fields.time(name, text).toEpochMilli();
  }

  /// A part of an export. A call answers so many pages and, in a header, where the next one goes
  /// on; the parts behind each other are the file.
  private Reply export(Call call) throws ProblemException {
    String organization = organization(call);
    long from = time(call, "from", 0);
    String cursor = call.parameter("cursor");
    Progress progress = cursor == null ? null : Progress.of(Page.decode(cursor));
    StringBuilder out = new StringBuilder();
    if (progress == null) {
      store.projected.run();
      header(out, organization, from);
    }
    List<TrailReader.StoredPage> pages =
        store.reader.export(organization, from, progress == null ? null : progress.behind);
    long count = (progress == null ? 0 : progress.pages) + pages.size();
    for (TrailReader.StoredPage page : pages) {
      write(out, page);
    }
    Map<String, String> headers = new LinkedHashMap<>();
    if (pages.isEmpty()) {
      line(out, ExportFormat.end(count));
    } else {
      headers.put(Page.NEXT_HEADER, Page.cursor(Progress.behind(pages.getLast(), count).text()));
    }
    return new Reply(200, "application/x-ndjson", out.toString(), headers);
  }

  private void header(StringBuilder out, String organization, long from) {
    long now = clock.millis();
    line(out, ExportFormat.header(organization, now, from));
    for (Retention retention : Retention.values()) {
      line(out, ExportFormat.kept(retention, Math.max(from, retention.keptFrom(now))));
    }
  }

  /// A page that cannot be read is exported all the same: whoever verifies finds out.
  private static void write(StringBuilder out, TrailReader.StoredPage stored) {
    try {
      if (stored.page().chain().stream() == Chain.Stream.CHECKPOINTS) {
        line(out, ExportFormat.checkpoint(stored.page(), stored.signature()));
      } else {
        ExportFormat.page(stored.page()).forEach(line -> line(out, line));
      }
    } catch (MalformedPageException e) {
      line(out, ExportFormat.unreadable(stored.page()));
    }
  }

  private static void line(StringBuilder out, Map<String, Object> line) {
    out.append(Json.write(line)).append('\n');
  }

  /// How far an export has come.
  private record Progress(TrailReader.ExportCursor behind, long pages) {
    static Progress behind(TrailReader.StoredPage last, long pages) {
      dev.aegis.store.audit.Page page = last.page();
      return new Progress(
          new TrailReader.ExportCursor(
              page.chain().retention().code(),
              page.chain().stream().code(),
              page.chain().journal(),
              page.number()),
          pages);
    }

    String text() {
      return pages + "/" + behind.text();
    }

    static Progress of(String text) throws ProblemException {
      int slash = text.indexOf('/');
      try {
        return new Progress(
            TrailReader.ExportCursor.of(text.substring(slash + 1)),
            Long.parseLong(text.substring(0, Math.max(0, slash))));
      } catch (IllegalArgumentException _) {
        throw Page.invalidCursor();
      }
    }
  }

  private Reply retention(Call call) {
    return shown(organization(call));
  }

  private Reply retain(Call call) throws ProblemException {
    Fields body = call.fields("retention");
    String word = body.word("retention");
    Retention retention = word == null ? null : Retention.ofLabel(word);
    if (retention == null && !(body.has("retention") && word == null)) {
      throw ProblemException.invalid(
          "retention: " + String.join(", ", Retention.labels()) + ", or null for as configured");
    }
    Duration time = retention == null ? null : retention.time();
    if (time != null && time.compareTo(store.dedupeWindow) < 0) {
      throw new ProblemException(
          ProblemCode.RETENTION_TOO_SHORT,
          "repeated messages are recognised for "
              + store.dedupeWindow.toDays()
              + " days, so what is kept of them is kept as long");
    }
    String organization = organization(call);
    if (!store.retention.set(organization, retention)) {
      throw new ProblemException(
          ProblemCode.UNKNOWN_ORGANIZATION, "there is no organization of that name");
    }
    audit.done(
        organization,
        call.caller().actor(),
        "retention-set",
        organization,
        "retention=" + (retention == null ? "as-configured" : retention.label()));
    return shown(organization);
  }

  private Reply shown(String organization) {
    Retention own = store.retention.find(organization).orElse(null);
    Retention effective = own == null ? store.retention.fallback() : own;
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("organization", organization);
    shown.put("retention", effective.label());
    shown.put("configured", own == null);
    return Reply.json(200, shown);
  }

  private static String organization(Call call) {
    String own = call.caller().organization();
    String chosen = own == null ? call.parameter("organization") : own;
    return chosen == null ? call.caller().home() : chosen;
  }
}
