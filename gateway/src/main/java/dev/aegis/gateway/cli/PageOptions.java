package dev.aegis.gateway.cli;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// Which page of a list is printed.
final class PageOptions {
  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many at most, up to 1000 (default: ${DEFAULT-VALUE}).")
  int limit = 100;

  @Option(
      names = "--cursor",
      paramLabel = "WHERE",
      description = "The next page: what the last line of this one says.")
  @Nullable String cursor;

  /// The list at a path, from there on.
  String of(String path) {
    String from = cursor;
    return path
        + "?limit="
        + limit
        + (from == null ? "" : "&cursor=" + URLEncoder.encode(from, StandardCharsets.UTF_8));
  }

  /// Says how to get the next page, where there is one.
  static void printNext(PrintWriter out, JsonNode page) {
    if (page.has("next_cursor")) {
      out.println("more: --cursor " + page.path("next_cursor").asString());
    }
  }
}
