package dev.aegis.gateway.cli;

import dev.aegis.gateway.config.ConfigurationException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "dead",
    mixinStandardHelpOptions = true,
    description = {
      "Lists and settles dead letters of the running gateway: messages that it gave up on, because"
          + " they failed too often or broke their recipient again and again.",
      "",
      "A dead letter stays until it is redriven (stored anew under its id, with its history) or"
          + " discarded (failed for good)."
    },
    synopsisSubcommandLabel = "(list | show | redrive | discard)")
final class DeadCommand extends CommandGroup {
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists dead letters, newest first, a page at a time.")
  int list(
      @Mixin DataDirOption data,
      @Mixin JsonOption json,
      @Option(names = "--recipient", paramLabel = "AGENT", description = "Only those for AGENT.")
          @Nullable String recipient,
      @Option(
              names = "--before",
              paramLabel = "WHERE",
              description =
                  "Only older ones: a time such as 2026-01-31T12:00:00Z, milliseconds, or what the"
                      + " page in front said.")
          @Nullable String before,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "100",
              description = "How many at most, up to 1000 (default: ${DEFAULT-VALUE}).")
          int limit)
      throws IOException, ConfigurationException {
    String body =
        AdminClient.of(data.path())
            .get(
                "/admin/dead-letters?limit="
                    + limit
                    + parameter("recipient", recipient)
                    + parameter("before", before));
    json.print(out(), body, this::print);
    return ExitCode.OK;
  }

  private void print(JsonNode page) {
    JsonNode letters = page.path("dead_letters");
    if (letters.isEmpty()) {
      out().println("no dead letters");
      return;
    }
    Table table = new Table("ID", "DIED", "FROM", "TO", "TYPE", "CLASS", "FAILURES", "REASON");
    for (JsonNode letter : letters) {
      table.row(
          letter.path("id").asString(),
          letter.path("died_at").asString(),
          letter.path("from").asString(),
          letter.path("to").asString(),
          letter.path("type").asString(),
          letter.path("priority").asString(),
          letter.path("failure_count").asString(),
          letter.path("reason").asString(""));
    }
    table.print(out());
    if (page.has("next_before")) {
      out().println("more: --before " + page.path("next_before").asString());
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Prints a dead letter and its history (the same as message show).")
  int show(
      @Mixin DataDirOption data,
      @Mixin JsonOption json,
      @Parameters(paramLabel = "ID", description = "Its id.") UUID id)
      throws IOException, ConfigurationException {
    return MessageStory.print(AdminClient.of(data.path()), id, json, out());
  }

  @Command(
      name = "redrive",
      mixinStandardHelpOptions = true,
      description =
          "Stores dead letters anew: each is delivered again under its id, behind what waits"
              + " already.")
  int redrive(
      @Mixin DataDirOption data,
      @Mixin JsonOption json,
      @Parameters(arity = "1..*", paramLabel = "ID", description = "Their ids.") List<UUID> ids)
      throws IOException, ConfigurationException {
    return settle(data, json, ids, "redrive", "is on its way again");
  }

  @Command(
      name = "discard",
      mixinStandardHelpOptions = true,
      description = "Settles dead letters for good: they count as failed and are not listed.")
  int discard(
      @Mixin DataDirOption data,
      @Mixin JsonOption json,
      @Parameters(arity = "1..*", paramLabel = "ID", description = "Their ids.") List<UUID> ids)
      throws IOException, ConfigurationException {
    return settle(data, json, ids, "discard", "is discarded");
  }

  /// Stops at the first that cannot be settled.
  private int settle(DataDirOption data, JsonOption json, List<UUID> ids, String how, String done)
      throws IOException, ConfigurationException {
    AdminClient admin = AdminClient.of(data.path());
    for (UUID id : ids) {
      JsonNode reply = admin.post("/admin/messages/" + id + "/" + how, Map.of());
      out().println(json.wanted ? Plain.json(reply.toString()) : id + " " + done);
    }
    return ExitCode.OK;
  }

  private static String parameter(String name, @Nullable String value) {
    return value == null ? "" : "&" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
