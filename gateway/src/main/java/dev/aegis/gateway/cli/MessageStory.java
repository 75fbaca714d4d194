package dev.aegis.gateway.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// Prints a message and its history for people: one line per step, with the time since it was
/// accepted.
final class MessageStory {
  private MessageStory() {}

  static int print(AdminClient admin, UUID id, JsonOption json, PrintWriter out)
      throws IOException {
    json.print(out, admin.get("/admin/messages/" + id), message -> print(out, message));
    return ExitCode.OK;
  }

  private static void print(PrintWriter out, JsonNode message) {
    line(out, "message", message.path("id").asString());
    line(out, "from", message.path("from").asString());
    line(out, "to", message.path("to").asString());
    line(out, "type", message.path("type").asString());
    field(out, message, "channel", "channel");
    field(out, message, "conversation", "conversation_id");
    field(out, message, "answers", "correlation_id");
    line(out, "class", message.path("priority").asString());
    line(out, "guarantee", message.path("delivery_guarantee").asString());
    line(out, "payload", bytes(message) + " bytes" + contentType(message));
    field(out, message, "expires", "expires_at");
    String reason = message.path("reason").asString("");
    line(
        out, "status", message.path("status").asString() + (reason.isEmpty() ? "" : ": " + reason));
    field(out, message, "next attempt", "next_attempt_at");
    out.println();
    history(out, message.path("history"));
  }

  private static void history(PrintWriter out, JsonNode history) {
    if (history.isEmpty()) {
      return;
    }
    Instant start = Instant.parse(history.get(0).path("at").asString());
    boolean first = true;
    for (JsonNode step : history) {
      Instant at = Instant.parse(step.path("at").asString());
      String reason = step.path("reason").asString("");
      out.printf(
          "%-24s  %10s  attempt %-3d  %s%n",
          at,
          "+" + span(Duration.between(start, at)),
          step.path("attempt").asInt(),
          Plain.of(what(step.path("status").asString(), reason, first)));
      first = false;
    }
  }

  private static String what(String status, String reason, boolean first) {
    String plain =
        switch (status) {
          case "pending" ->
              first ? "stored" : reason.equals("redriven") ? "stored anew" : "to be tried again";
          case "dead" -> "given up";
          case "moved" -> "given to";
          default -> status;
        };
    return reason.isEmpty() ? plain : plain + ": " + reason;
  }

  /// Short: 12 ms, 3.4 s, 5 min, 2 h, 3 d.
  static String span(Duration span) {
    long millis = span.toMillis();
    if (millis < 1_000) {
      return millis + " ms";
    }
    if (millis < 120_000) {
      return String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
    }
    if (millis < 7_200_000) {
      return span.toMinutes() + " min";
    }
    return span.toHours() < 48 ? span.toHours() + " h" : span.toDays() + " d";
  }

  private static int bytes(JsonNode message) {
    return Base64.getDecoder().decode(message.path("payload").asString("")).length;
  }

  private static String contentType(JsonNode message) {
    String type = message.path("content_type").asString("");
    return type.isEmpty() ? "" : ", " + type;
  }

  private static void field(PrintWriter out, JsonNode message, String label, String name) {
    String value = message.path(name).asString("");
    if (!value.isEmpty()) {
      line(out, label, value);
    }
  }

  private static void line(PrintWriter out, String label, String value) {
    out.printf("%-12s %s%n", label, Plain.of(value));
  }
}
