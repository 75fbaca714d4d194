package dev.aegis.bench.database;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.JsonNode;

/// Asks a gateway over REST, one call after the other, each time for something else of its kind.
/// Not thread-safe.
final class DatabaseCalls implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  private static final int LIMIT = 100;
  private static final int MOST_CALLS = 10_000;

  private final GatewayAccess gateway;
  private final String key;
  private final HttpClient http;
  private final SplittableRandom random = new SplittableRandom(7);
  private final FilledDatabase filled;

  /// What one kind of question took, in nanoseconds.
  ///
  /// @param whole until a page was full or the list at its end, so of several calls perhaps
  /// @param call of single calls
  /// @param calls the most that one question took
  /// @param found what the answers had, all together
  record Result(Histogram whole, Histogram call, long calls, long found) {}

  DatabaseCalls(GatewayAccess gateway, FilledDatabase filled) throws IOException {
    this.gateway = gateway;
    this.key = gateway.apiKey("bench-viewer", "viewer");
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(gateway.trust())
            .build();
    this.filled = filled;
  }

  /// Everything that is asked, by its name.
  Map<String, Supplier<String>> questions() {
    String all = "from=" + filled.from() + "&to=" + filled.to();
    String month = "from=" + filled.to().minus(30, ChronoUnit.DAYS) + "&to=" + filled.to();
    Map<String, Supplier<String>> questions = new LinkedHashMap<>();
    questions.put("list newest", () -> list("order=newest"));
    questions.put("list of a recipient", () -> list("order=newest&to_agent_id=" + agent()));
    questions.put("list of a sender", () -> list("from_agent_id=" + agent()));
    questions.put(
        "list of a pair", () -> list("from_agent_id=" + agent() + "&to_agent_id=" + agent()));
    questions.put("list of nobody", () -> list("from_agent_id=nobody"));
    questions.put("list of a conversation", () -> list("conversation_id=" + conversation()));
    questions.put("list of a type", () -> list("message_type=" + MessageMix.someType(random)));
    questions.put("list pending", () -> list("status=pending"));
    questions.put("list dead", () -> list("status=dead"));
    questions.put("list of an hour", this::hour);
    questions.put("statistics of a day", () -> statistics(""));
    questions.put("statistics of all", () -> statistics(all));
    questions.put("series of a day by hour", () -> statistics("period=hour"));
    questions.put("series of all by day", () -> statistics("period=day&" + all));
    questions.put("all by type", () -> statistics("group=type&" + all));
    questions.put("all by agent, a page", () -> statistics("group=agent&" + all));
    questions.put(
        "an agent by day", () -> statistics("period=day&agent_id=" + agent() + "&" + all));
    questions.put("top senders of a month", () -> top("senders", month));
    questions.put("top senders of all", () -> top("senders", all));
    questions.put("top recipients of all", () -> top("recipients", all));
    questions.put("top pairs of a month", () -> top("pairs", month));
    questions.put("top pairs of all", () -> top("pairs", all));
    return questions;
  }

  private String agent() {
    return MessageMix.someAgent(random, filled.agents());
  }

  private UUID conversation() {
    return filled.conversations().get(random.nextInt(filled.conversations().size()));
  }

  private String hour() {
    long hours = Math.max(1, Duration.between(filled.from(), filled.to()).toHours());
    Instant start = filled.from().plus(random.nextLong(hours), ChronoUnit.HOURS);
    return list("from=" + start + "&to=" + start.plus(1, ChronoUnit.HOURS));
  }

  private static String list(String query) {
    return "/api/v1/messages?limit=" + LIMIT + "&" + query;
  }

  private static String statistics(String query) {
    return "/api/v1/statistics?limit=" + LIMIT + (query.isEmpty() ? "" : "&" + query);
  }

  private static String top(String by, String query) {
    return "/api/v1/statistics/top?by=" + by + "&" + query;
  }

  /// Asks as often, or for as long, after some questions that do not count. At least once.
  Result ask(Supplier<String> question, int times, Duration most)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    for (int i = 0; i < Math.max(1, times / 10) && System.nanoTime() < end; i++) {
      ask(question.get(), new Histogram(3));
    }
    Histogram whole = new Histogram(3);
    Histogram single = new Histogram(3);
    long mostCalls = 0;
    long found = 0;
    end = System.nanoTime() + most.toNanos();
    do {
      long before = single.getTotalCount();
      long began = System.nanoTime();
      found += ask(question.get(), single);
      whole.recordValue(System.nanoTime() - began);
      mostCalls = Math.max(mostCalls, single.getTotalCount() - before);
    } while (whole.getTotalCount() < times && System.nanoTime() < end);
    return new Result(whole, single, mostCalls, found);
  }

  /// @return how many rows there were
  private long ask(String path, Histogram single) throws IOException, InterruptedException {
    long rows = 0;
    String cursor = "";
    for (int calls = 0; calls < MOST_CALLS; calls++) {
      long began = System.nanoTime();
      JsonNode page = get(path + cursor);
      single.recordValue(System.nanoTime() - began);
      boolean isList = page.has("messages");
      rows += page.path(isList ? "messages" : page.has("top") ? "top" : "statistics").size();
      if (!isList || !page.has("next_cursor") || rows >= LIMIT) {
        break;
      }
      cursor = "&cursor=" + page.path("next_cursor").asString("");
    }
    return rows;
  }

  private JsonNode get(String path) throws IOException, InterruptedException {
    URI base = gateway.url();
    HttpResponse<String> reply =
        http.send(
            HttpRequest.newBuilder(URI.create("https://localhost:" + base.getPort() + path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + key)
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (reply.statusCode() != 200) {
      throw new IOException(path + " was refused: " + reply.body());
    }
    return Json.parse(reply.body());
  }

  @Override
  public void close() {
    http.close();
  }
}
