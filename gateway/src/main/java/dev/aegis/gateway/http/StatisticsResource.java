package dev.aegis.gateway.http;

import dev.aegis.store.StatisticsStore;
import dev.aegis.store.statistics.Counts;
import dev.aegis.store.statistics.DeliveryTimes;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Statistics of the messages to the caller's organization: counts, throughput, error rates and
/// delivery times, and who has most of them. Blocking.
final class StatisticsResource implements Resource {
  private static final int TOP = 10;
  private static final int MAX_TOP = 100;
  private static final double HOUR_SECONDS = 3_600;
  private static final double[] SHARES = {0.5, 0.9, 0.95, 0.99};
  private static final String[] NAMES = {"p50", "p90", "p95", "p99"};

  private final String prefix;
  private final StatisticsStore statistics;
  private final InstantSource clock;

  /// @param prefix what stands before the paths, such as `/api/v1`
  StatisticsResource(String prefix, StatisticsStore statistics, InstantSource clock) {
    this.prefix = prefix;
    this.statistics = statistics;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    Route figures =
        Route.get(prefix + "/statistics", this::figures)
            .needs(Scope.STATISTICS_READ)
            .query(parameters(StatisticsQuery.PARAMETERS));
    Route top =
        Route.get(prefix + "/statistics/top", this::top)
            .needs(Scope.STATISTICS_READ)
            .query(parameters("by", "from", "to", "limit"));
    return isForAll()
        ? List.of(figures, top)
        : List.of(figures.also("/api/statistics"), top.also("/api/statistics/top"));
  }

  /// Whether callers see all organizations, and may name one.
  private boolean isForAll() {
    return !prefix.startsWith("/api");
  }

  private String[] parameters(String... names) {
    List<String> all = new ArrayList<>(Arrays.asList(names));
    if (isForAll()) {
      all.add("organization");
    }
    return all.toArray(String[]::new);
  }

  private Reply figures(Call call) throws ProblemException {
    StatisticsQuery query = StatisticsQuery.of(call, clock);
    List<StatisticsStore.Figure> figures =
        query.series()
            ? statistics.series(
                query.organization(),
                query.group(),
                query.key(),
                query.range(),
                query.after(),
                query.page().limit())
            : statistics.totals(
                query.organization(),
                query.group(),
                query.key(),
                query.range(),
                query.after(),
                query.page().limit());
    Map<String, Object> reply = range(query.range());
    reply.put("period", query.range().days() ? "day" : "hour");
    int hours = query.series() ? query.range().periodHours() : hours(query.range());
    reply.put(
        "statistics",
        figures.stream()
            .map(figure -> shown(figure, query.group(), hours, query.series()))
            .toList());
    if (figures.size() == query.page().limit()) {
      reply.put("next_cursor", Page.cursor(StatisticsQuery.text(figures.getLast())));
    }
    return Reply.json(200, reply);
  }

  private Reply top(Call call) throws ProblemException {
    String by = call.parameter("by");
    StatisticsStore.Top what =
        switch (by == null ? "senders" : by) {
          case "senders" -> StatisticsStore.Top.SENDERS;
          case "recipients" -> StatisticsStore.Top.RECIPIENTS;
          case "pairs" -> StatisticsStore.Top.PAIRS;
          default -> throw ProblemException.invalid("by: senders, recipients or pairs");
        };
    String limit = call.parameter("limit");
    int most = limit == null ? TOP : Page.limit(limit);
    if (most > MAX_TOP) {
      throw ProblemException.invalid("limit: 1 to " + MAX_TOP);
    }
    StatisticsStore.Range range = StatisticsQuery.range(call, null, clock);
    Map<String, Object> reply = range(range);
    reply.put("period", range.days() ? "day" : "hour");
    reply.put("by", by == null ? "senders" : by);
    reply.put(
        "top",
        statistics.top(StatisticsQuery.organization(call), what, range, most).stream()
            .map(figure -> ranked(figure, what, hours(range)))
            .toList());
    return Reply.json(200, reply);
  }

  private static int hours(StatisticsStore.Range range) {
    return range.toHour() - range.fromHour();
  }

  private static Map<String, Object> range(StatisticsStore.Range range) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("from", time(range.fromHour()));
    shown.put("to", time(range.toHour()));
    return shown;
  }

  private Map<String, Object> shown(
      StatisticsStore.Figure figure, StatisticsStore.Group group, int hours, boolean series) {
    Map<String, Object> shown = new LinkedHashMap<>();
    if (series) {
      shown.put("start", time(figure.startHour()));
    }
    shown.put("organization", figure.organization());
    switch (group) {
      case ORGANIZATION -> {}
      case TYPE -> shown.put("message_type", figure.key());
      case AGENT -> shown.put("agent_id", figure.key());
    }
    numbers(shown, figure, hours, group == StatisticsStore.Group.AGENT);
    times(shown, figure.counts().times);
    return shown;
  }

  private Map<String, Object> ranked(
      StatisticsStore.Figure figure, StatisticsStore.Top what, int hours) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("organization", figure.organization());
    if (what == StatisticsStore.Top.PAIRS) {
      shown.put("from_agent_id", figure.key());
      shown.put("to_agent_id", figure.other());
      numbers(shown, figure, hours, false);
    } else {
      shown.put("agent_id", figure.key());
      numbers(shown, figure, hours, true);
      times(shown, figure.counts().times);
    }
    return shown;
  }

  /// @param both whether what it received is counted beside what it sent
  private void numbers(
      Map<String, Object> shown, StatisticsStore.Figure figure, int hours, boolean both) {
    Counts counts = figure.counts();
    shown.put("sent", counts.sent);
    shown.put("sent_bytes", counts.sentBytes);
    if (both) {
      shown.put("received", counts.received);
      shown.put("received_bytes", counts.receivedBytes);
    }
    shown.put("redriven", counts.redriven);
    shown.put("retries", counts.retries);
    shown.put("failures", counts.failures);
    shown.put("processed", counts.processed);
    shown.put("failed", counts.failed);
    shown.put("expired", counts.expired);
    shown.put("dead", counts.dead);
    shown.put("error_rate", counts.errorRate());
    shown.put("messages_per_second", counts.sent / seconds(figure.startHour(), hours));
  }

  /// How much of the hours has passed.
  private double seconds(int startHour, int hours) {
    double passed = clock.millis() / 1_000.0 - startHour * HOUR_SECONDS;
    return Math.clamp(passed, 1, hours * HOUR_SECONDS);
  }

  private static void times(Map<String, Object> shown, DeliveryTimes times) {
    if (times.isEmpty()) {
      shown.put("delivery_ms", null);
      return;
    }
    Map<String, Object> percentiles = new LinkedHashMap<>();
    percentiles.put("count", times.count());
    for (int i = 0; i < SHARES.length; i++) {
      percentiles.put(NAMES[i], times.percentileMillis(SHARES[i]));
    }
    shown.put("delivery_ms", percentiles);
  }

  private static String time(int hour) {
    return Instant.ofEpochSecond(hour * 3_600L).toString();
  }
}
