package dev.aegis.gateway.cli;

import dev.aegis.client.Identity;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.gateway.config.ConfigurationException;
import dev.aegis.gateway.http.ExportCheck;
import dev.aegis.gateway.http.Json;
import dev.aegis.store.audit.TrailVerifier;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description = {
      "The audit trail of the running gateway: every message and what became of it, sessions, and"
          + " what admins did.",
      "",
      "An export can be verified anywhere, without the gateway and its database."
    },
    synopsisSubcommandLabel = "(list | export | verify | retention)")
final class AuditCommand extends CommandGroup {
  private static final String NEXT = "Aegis-Next-Cursor";

  /// Which entries.
  static final class Filters {
    @Option(names = "--organization", paramLabel = "NAME", description = "Only of NAME.")
    @Nullable String organization;

    @Option(names = "--agent", paramLabel = "AGENT", description = "From, to, by or on AGENT.")
    @Nullable String agent;

    @Option(names = "--sender", paramLabel = "AGENT", description = "From or by AGENT.")
    @Nullable String sender;

    @Option(names = "--recipient", paramLabel = "AGENT", description = "To or on AGENT.")
    @Nullable String recipient;

    @Option(names = "--message", paramLabel = "ID", description = "Of one message.")
    @Nullable UUID message;

    @Option(names = "--conversation", paramLabel = "ID", description = "Of one conversation.")
    @Nullable UUID conversation;

    @Option(
        names = "--correlation",
        paramLabel = "ID",
        description = "What answers the message ID, and that message.")
    @Nullable UUID correlation;

    @Option(names = "--event", paramLabel = "WORD", description = "Such as accepted or action.")
    @Nullable String event;

    @Option(names = "--from", paramLabel = "TIME", description = "Since TIME.")
    @Nullable String from;

    @Option(names = "--to", paramLabel = "TIME", description = "Before TIME.")
    @Nullable String to;

    @Option(names = "--oldest-first", description = "The other way round.")
    boolean oldestFirst;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "100",
        description = "How many at most, up to 1000 (default: ${DEFAULT-VALUE}).")
    int limit = 100;

    @Option(names = "--cursor", paramLabel = "WHERE", description = "What the page in front said.")
    @Nullable String cursor;

    private String query() {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("limit", limit);
      all.put("organization", organization);
      all.put("agent", agent);
      all.put("sender", sender);
      all.put("recipient", recipient);
      all.put("message_id", message);
      all.put("conversation_id", conversation);
      all.put("correlation_id", correlation);
      all.put("event", event);
      all.put("from", from);
      all.put("to", to);
      all.put("order", oldestFirst ? "oldest" : null);
      all.put("cursor", cursor);
      return AuditCommand.query(all);
    }
  }

  private static String query(Map<String, @Nullable Object> parameters) {
    StringJoiner query = new StringJoiner("&", "?", "");
    parameters.forEach((name, value) -> {
      if (value != null) {
        query.add(name + "=" + URLEncoder.encode(value.toString(), StandardCharsets.UTF_8));
      }
    });
    return query.toString();
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists entries, newest first, a page at a time.")
  int list(@Mixin DataDirOption data, @Mixin JsonOption json, @Mixin Filters filters)
      throws IOException, ConfigurationException {
    String body = AdminClient.of(data.path()).get("/admin/audit" + filters.query());
    if (json.wanted) {
      out().println(Plain.json(body));
      return ExitCode.OK;
    }
    JsonNode page = Json.parse(body);
    for (JsonNode entry : page.path("entries")) {
      out().println(line(entry));
    }
    if (page.has("next_cursor")) {
      out().println("more: --cursor " + page.path("next_cursor").asString());
    } else if (page.path("entries").isEmpty()) {
      out().println("nothing");
    }
    return ExitCode.OK;
  }

  private static String line(JsonNode entry) {
    StringBuilder line = new StringBuilder();
    line.append(
        "%-24s  %-15s".formatted(entry.path("at").asString(), entry.path("event").asString()));
    for (Map.Entry<String, JsonNode> field : entry.properties()) {
      switch (field.getKey()) {
        case "at", "event", "digest", "page", "mailbox_epoch" -> {}
        default -> {
          JsonNode value = field.getValue();
          line.append("  ")
              .append(field.getKey())
              .append('=')
              .append(Plain.of(value.isString() ? value.asString() : value.toString()));
        }
      }
    }
    return line.toString();
  }

  @Command(
      name = "export",
      mixinStandardHelpOptions = true,
      description =
          "Writes an organization's trail as NDJSON, with what is needed to verify it: the hashes of"
              + " its pages and the gateway's signatures.")
  int export(
      @Mixin DataDirOption data,
      @Option(
              names = "--organization",
              paramLabel = "NAME",
              defaultValue = "default",
              description = "Whose (default: ${DEFAULT-VALUE}); @gateway for what belongs to none.")
          String organization,
      @Option(names = "--from", paramLabel = "TIME", description = "Since TIME; else all there is.")
          @Nullable String from,
      @Parameters(paramLabel = "FILE", description = "Where to; - for standard output.")
          String file)
      throws IOException, ConfigurationException {
    AdminClient admin = AdminClient.of(data.path());
    if (file.equals("-")) {
      export(admin, organization, from, out());
      out().flush();
    } else {
      try (BufferedWriter writer = Files.newBufferedWriter(Path.of(file))) {
        export(admin, organization, from, writer);
      }
    }
    return ExitCode.OK;
  }

  private static void export(
      AdminClient admin, String organization, @Nullable String from, Writer out)
      throws IOException {
    Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
    parameters.put("organization", organization);
    parameters.put("from", from);
    String next;
    do {
      HttpResponse<String> part = admin.page("/admin/audit/export" + query(parameters));
      out.write(part.body());
      next = part.headers().firstValue(NEXT).orElse(null);
      parameters.put("cursor", next);
    } while (next != null);
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = {
        "Verifies an export, offline: that nothing in it was changed, and that nothing is missing up"
            + " to the last signature. Exit code 1 where it was or is."
      })
  int verify(
      @Mixin JsonOption json,
      @Option(
              names = "--key",
              paramLabel = "KEY",
              description =
                  "The gateway's public key, or a file with it (gateway.pub); may come more than"
                      + " once. Without it, the keys in the file are taken, and said.")
          @Nullable List<String> keys,
      @Parameters(paramLabel = "FILE", description = "The export.") Path file)
      throws IOException {
    Set<VerifyingKey> pinned = new HashSet<>();
    for (String key : keys == null ? List.<String>of() : keys) {
      Path path = Path.of(key);
      pinned.add(
          Identity.publicKey(Files.isRegularFile(path) ? Files.readString(path).strip() : key));
    }
    TrailVerifier.Result result;
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      result = ExportCheck.run(reader, Primitives.select().ed25519(), pinned);
    }
    if (json.wanted) {
      out()
          .println(
              Json.write(
                  Map.of(
                      "whole", result.whole(),
                      "problems", result.problems(),
                      "notes", result.notes(),
                      "keys", result.keys(),
                      "chains", result.chains(),
                      "pages", result.pages(),
                      "entries", result.entries(),
                      "checkpoints", result.checkpoints())));
    } else {
      result.problems().forEach(problem -> out().println("PROBLEM: " + Plain.of(problem)));
      result.notes().forEach(note -> out().println("note: " + Plain.of(note)));
      result.keys().forEach(key -> out().println("signed with: " + Plain.of(key)));
      out()
          .printf(
              "%s: %d entries in %d pages of %d chains, %d checkpoints%n",
              verdict(result),
              result.entries(),
              result.pages() - result.checkpoints(),
              result.chains(),
              result.checkpoints());
    }
    return result.whole() ? ExitCode.OK : ExitCode.FAILED;
  }

  /// What nobody signed may have been made up as a whole.
  private static String verdict(TrailVerifier.Result result) {
    if (!result.whole()) {
      return "NOT WHOLE";
    }
    return result.checkpoints() == 0
        ? "nothing is signed for"
        : "nothing was changed, nothing is missing";
  }

  @Command(
      name = "retention",
      mixinStandardHelpOptions = true,
      description = "Shows or sets how long an organization keeps its trail and settled messages.")
  int retention(
      @Mixin DataDirOption data,
      @Mixin JsonOption json,
      @Option(
              names = "--organization",
              paramLabel = "NAME",
              defaultValue = "default",
              description = "Whose (default: ${DEFAULT-VALUE}).")
          String organization,
      @Parameters(
              arity = "0..1",
              paramLabel = "DAYS",
              description = "30, 90, 365 or forever; configured for as configured.")
          @Nullable String days)
      throws IOException, ConfigurationException {
    AdminClient admin = AdminClient.of(data.path());
    Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
    parameters.put("organization", organization);
    String path = "/admin/audit/retention" + query(parameters);
    JsonNode reply =
        days == null
            ? Json.parse(admin.get(path))
            : admin.put(
                path,
                "{\"retention\":" + (days.equals("configured") ? "null" : Json.write(days)) + "}");
    out()
        .println(
            json.wanted
                ? Plain.json(reply.toString())
                : "%s keeps for %s%s"
                    .formatted(
                        organization,
                        reply.path("retention").asString(),
                        reply.path("configured").asBoolean() ? " (as configured)" : ""));
    return ExitCode.OK;
  }
}
