package dev.aegis.gateway.cli;

import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

@Command(
    name = "stats",
    mixinStandardHelpOptions = true,
    description = {
      "Prints statistics of the messages that went through the running gateway's database: counts,"
          + " error rates, throughput and delivery times, some seconds behind.",
      "",
      "Times are in UTC; the range is widened to whole hours, or to whole days where it is longer"
          + " than two of them."
    })
final class StatsCommand implements Callable<Integer> {
  private static final String NUMBERS = "%10s %10s %10s %10s %10s %8s %9s %8s %8s %8s%n";
  private static final int MOST_TOP = 100;

  enum By {
    ORGANIZATION,
    AGENT,
    TYPE
  }

  enum Period {
    HOUR,
    DAY
  }

  enum Top {
    SENDERS,
    RECIPIENTS,
    PAIRS
  }

  @Mixin DataDirOption data = new DataDirOption();
  @Mixin JsonOption json = new JsonOption();

  @Option(
      names = "--by",
      paramLabel = "WHAT",
      description = "A line for each organization, agent or type (default: organization).")
  @Nullable By by;

  @Option(
      names = "--period",
      paramLabel = "PERIOD",
      description = "A line for each hour or day, too; otherwise one for all of the time.")
  @Nullable Period period;

  @Option(
      names = "--top",
      paramLabel = "WHO",
      description = "The busiest senders, recipients or pairs instead.")
  @Nullable Top top;

  @Option(names = "--agent", paramLabel = "AGENT", description = "Only of AGENT.")
  @Nullable String agent;

  @Option(names = "--type", paramLabel = "TYPE", description = "Only of messages of this type.")
  @Nullable String type;

  @Option(
      names = "--organization",
      paramLabel = "ID",
      description = "Only of this organization; otherwise of each.")
  @Nullable String organization;

  @Option(names = "--days", paramLabel = "N", description = "Of the last N days (default: 1).")
  @Nullable Integer days;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "From then on, such as 2026-01-31T00:00:00Z.")
  @Nullable String from;

  @Option(names = "--to", paramLabel = "TIME", description = "Until then (default: now).")
  @Nullable String to;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "How many lines at most (default: 100, with --top 10).")
  @Nullable Integer limit;

  @Option(
      names = "--cursor",
      paramLabel = "CURSOR",
      description = "Goes on behind what was printed last time.")
  @Nullable String cursor;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    String path = path();
    String body = AdminClient.of(data.path()).get(path);
    PrintWriter out = spec.commandLine().getOut();
    if (json.wanted) {
      out.println(Plain.json(body));
    } else {
      print(out, Json.parse(body));
    }
    return ExitCode.OK;
  }

  private String path() {
    if (days != null && (days < 1 || from != null)) {
      throw new ParameterException(
          spec.commandLine(), "--days is 1 or more, and stands instead of --from");
    }
    StringBuilder query = new StringBuilder();
    add(query, "from", days == null ? from : Instant.now().minus(Duration.ofDays(days)).toString());
    add(query, "to", to);
    add(query, "limit", limit == null ? null : limit.toString());
    add(query, "organization", organization);
    if (top != null) {
      if (by != null || period != null || agent != null || type != null || cursor != null) {
        throw new ParameterException(
            spec.commandLine(), "--top stands without --by, --period, --agent, --type, --cursor");
      }
      if (limit != null && limit > MOST_TOP) {
        throw new ParameterException(spec.commandLine(), "--limit: up to " + MOST_TOP);
      }
      add(query, "by", word(top));
      return "/admin/statistics/top" + query;
    }
    add(query, "group", by == null ? null : word(by));
    add(query, "period", period == null ? null : word(period));
    add(query, "agent_id", agent);
    add(query, "message_type", type);
    add(query, "cursor", cursor);
    return "/admin/statistics" + query;
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static void add(StringBuilder query, String name, @Nullable String value) {
    if (value != null) {
      query
          .append(query.isEmpty() ? '?' : '&')
          .append(name)
          .append('=')
          .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
    }
  }

  private static void print(PrintWriter out, JsonNode page) {
    JsonNode figures = page.has("top") ? page.path("top") : page.path("statistics");
    out.printf("%s to %s%n", page.path("from").asString(), page.path("to").asString());
    if (figures.isEmpty()) {
      out.println("no messages were counted");
      return;
    }
    int width = "ORGANIZATION".length();
    for (JsonNode figure : figures) {
      width = Math.max(width, name(figure).length());
    }
    String row = "%-" + width + "s ";
    out.printf(row, heading(figures.path(0)));
    out.printf(
        NUMBERS,
        "SENT",
        figures.path(0).has("received") ? "RECEIVED" : "PROCESSED",
        "FAILED",
        "EXPIRED",
        "DEAD",
        "ERRORS",
        "MSGS/S",
        "P50 MS",
        "P95 MS",
        "P99 MS");
    for (JsonNode figure : figures) {
      out.printf(row, name(figure));
      JsonNode times = figure.path("delivery_ms");
      out.printf(
          NUMBERS,
          figure.path("sent").asLong(),
          figure.path(figure.has("received") ? "received" : "processed").asLong(),
          figure.path("failed").asLong(),
          figure.path("expired").asLong(),
          figure.path("dead").asLong(),
          String.format(Locale.ROOT, "%.2f %%", figure.path("error_rate").asDouble() * 100),
          String.format(Locale.ROOT, "%.1f", figure.path("messages_per_second").asDouble()),
          millis(times, "p50"),
          millis(times, "p95"),
          millis(times, "p99"));
    }
    if (page.has("next_cursor")) {
      out.println("more: --cursor " + page.path("next_cursor").asString());
    }
  }

  private static String heading(JsonNode figure) {
    return figure.has("from_agent_id")
        ? "FROM > TO"
        : figure.has("agent_id") ? "AGENT" : figure.has("message_type") ? "TYPE" : "ORGANIZATION";
  }

  private static String name(JsonNode figure) {
    String what =
        figure.has("from_agent_id")
            ? figure.path("from_agent_id").asString()
                + " > "
                + figure.path("to_agent_id").asString()
            : figure.has("agent_id")
                ? figure.path("agent_id").asString()
                : figure.has("message_type")
                    ? figure.path("message_type").asString()
                    : figure.path("organization").asString();
    what = Plain.of(what);
    return figure.has("start") ? figure.path("start").asString() + "  " + what : what;
  }

  private static String millis(JsonNode times, String percentile) {
    return times.has(percentile)
        ? String.format(Locale.ROOT, "%.1f", times.path(percentile).asDouble())
        : "";
  }
}
