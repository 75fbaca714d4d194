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
import java.util.List;
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
  private final int agents;
  private final List<UUID> conversations;
  private final Instant from;
  private final Instant to;

  /// What one kind of question took.
  ///
  /// @param nanos until a page was full or the list at its end, so of several calls perhaps
  /// @param calls the most that one question took
  /// @param found what the answers had, all together
  record Result(Histogram nanos, long calls, long found) {}

  DatabaseCalls(
      GatewayAccess gateway, int agents, List<UUID> conversations, Instant from, Instant to)
      throws IOException {
    this.gateway = gateway;
    this.key = gateway.apiKey("bench-viewer", "viewer");
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(gateway.trust())
            .build();
    this.agents = agents;
    this.conversations = conversations;
    this.from = from;
    this.to = to;
  }

  /// Everything that is asked, by its name.
  Map<String, Supplier<String>> questions() {
    String all = "from=" + from + "&to=" + to;
    String month = "from=" + to.minus(30, ChronoUnit.DAYS) + "&to=" + to;
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
    return MessageMix.someAgent(random, agents);
  }

  private UUID conversation() {
    return conversations.get(random.nextInt(conversations.size()));
  }

  private String hour() {
    long hours = Math.max(1, Duration.between(from, to).toHours());
    Instant start = from.plus(random.nextLong(hours), ChronoUnit.HOURS);
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

  /// Asks as often, after some questions that do not count.
  Result ask(Supplier<String> question, int times) throws IOException, InterruptedException {
    Histogram nanos = new Histogram(3);
    long mostCalls = 0;
    long found = 0;
    for (int i = -Math.max(1, times / 10); i < times; i++) {
      String path = question.get();
      long began = System.nanoTime();
      long calls = 0;
      long rows = 0;
      JsonNode page;
      String cursor = "";
      do {
        page = get(path + cursor);
        calls++;
        JsonNode items =
            page.has("messages")
                ? page.path("messages")
                : page.has("top") ? page.path("top") : page.path("statistics");
        rows += items.size();
        cursor = "&cursor=" + page.path("next_cursor").asString("");
      } while (page.has("messages")
          && page.has("next_cursor")
          && rows < LIMIT
          && calls < MOST_CALLS);
      if (i >= 0) {
        nanos.recordValue(System.nanoTime() - began);
        mostCalls = Math.max(mostCalls, calls);
        found += rows;
      }
    }
    return new Result(nanos, mostCalls, found);
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
