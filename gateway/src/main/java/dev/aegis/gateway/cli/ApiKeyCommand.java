package dev.aegis.gateway.cli;

import dev.aegis.gateway.config.ConfigurationException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

@Command(
    name = "apikey",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a key for the REST API, which is shown this once; or lists, rotates or revokes keys.",
      "",
      "The names list, rotate and revoke are taken."
    },
    customSynopsis = {
      "aegis apikey NAME [--role=ROLE] [--organization=NAME] [--json] [--data-dir=DIR]",
      "aegis apikey (list | rotate | revoke) ..."
    })
final class ApiKeyCommand implements Callable<Integer> {
  private static final String KEYS = "/api/v1/api-keys";

  @Mixin DataDirOption data = new DataDirOption();
  @Mixin JsonOption json = new JsonOption();

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "What it is for; letters, digits and . _ @ - only.")
  @Nullable String name;

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      defaultValue = "sender",
      description = "admin, sender or viewer (default: ${DEFAULT-VALUE}).")
  String role = "sender";

  @Option(
      names = "--organization",
      paramLabel = "NAME",
      defaultValue = "default",
      description = "Whose agents it reaches (default: ${DEFAULT-VALUE}).")
  String organization = "default";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /// Those of apikey itself would be passed over in silence.
  private void noneBefore(String command) {
    if (!spec.commandLine().getParseResult().matchedArgs().isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "options and arguments go behind " + command);
    }
  }

  @Override
  public Integer call() throws Exception {
    String chosen = name;
    if (chosen == null) {
      throw new ParameterException(
          spec.commandLine(), "say what the key is for, or which: list, rotate or revoke");
    }
    JsonNode reply =
        AdminClient.of(data.path())
            .post(
                "/admin/apikeys",
                Map.of("name", chosen, "role", role, "organization", organization));
    String key = reply.path("api_key").asString();
    json.print(
        out(),
        key,
        Map.of("api_key", key, "name", chosen, "role", role, "organization", organization));
    return ExitCode.OK;
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the keys that are not revoked, a page at a time, without their secrets.")
  int list(@Mixin OrganizationOptions options, @Mixin PageOptions page)
      throws IOException, ConfigurationException {
    noneBefore("list");
    String body = options.admin().get(page.of(KEYS));
    options.json.print(out(), body, this::print);
    return ExitCode.OK;
  }

  private void print(JsonNode page) {
    JsonNode keys = page.path("api_keys");
    if (keys.isEmpty()) {
      out().println("no keys");
      return;
    }
    Table table =
        new Table("ID", "NAME", "ROLE", "ORGANIZATION", "SPEAKS FOR", "LAST USED", "EXPIRES");
    for (JsonNode key : keys) {
      table.row(
          key.path("id").asString(),
          key.path("name").asString(),
          key.path("role").asString(),
          key.path("organization").asString(),
          Table.cell(key.path("agent_id"), "-"),
          Table.cell(key.path("last_used_at"), "never"),
          Table.cell(key.path("expires_at"), "never"));
    }
    table.print(out());
    PageOptions.printNext(out(), page);
  }

  @Command(
      name = "rotate",
      mixinStandardHelpOptions = true,
      description =
          "Gives a key another secret, which is shown this once. The old one is good for a while"
              + " more.")
  int rotate(
      @Mixin OrganizationOptions options,
      @Parameters(paramLabel = "ID", description = "Its id, as list shows it.") UUID id,
      @Option(
              names = "--grace-seconds",
              paramLabel = "SECONDS",
              description = "How long the old one is good, 0 to 2592000 (default: an hour).")
          @Nullable Long grace)
      throws IOException, ConfigurationException {
    noneBefore("rotate");
    Map<String, Object> body = new LinkedHashMap<>();
    if (grace != null) {
      body.put("grace_seconds", grace);
    }
    JsonNode key = options.admin().post(KEYS + "/" + id + "/rotate", body);
    out()
        .println(options.json.wanted ? Plain.json(key.toString()) : key.path("api_key").asString());
    return ExitCode.OK;
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "Ends keys for good, at once. Stops at the first that there is not.")
  int revoke(
      @Mixin OrganizationOptions options,
      @Parameters(arity = "1..*", paramLabel = "ID", description = "Their ids, as list shows them.")
          List<UUID> ids)
      throws IOException, ConfigurationException {
    noneBefore("revoke");
    AdminClient admin = options.admin();
    for (UUID id : ids) {
      admin.delete(KEYS + "/" + id);
      options.json.print(out(), id + " is revoked", Map.of("id", id, "revoked", true));
    }
    return ExitCode.OK;
  }
}
