package dev.aegis.gateway.cli;

import dev.aegis.gateway.config.ConfigurationException;
import java.io.IOException;
import java.util.LinkedHashMap;
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
    name = "rules",
    mixinStandardHelpOptions = true,
    description = {
      "Lists and changes who may send to the agents of an organization from outside of it.",
      "",
      "Agents reach those of their own organization. A rule lets those of another one send to them,"
          + " one by one. An answer needs a rule the other way round."
    },
    synopsisSubcommandLabel = "(list | add | remove)")
final class RulesCommand extends CommandGroup {
  private static final String RULES = "/api/v1/access-rules";

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the rules, a page at a time.")
  int list(@Mixin OrganizationOptions options, @Mixin PageOptions page)
      throws IOException, ConfigurationException {
    String body = options.admin().get(page.of(RULES));
    options.json.print(out(), body, this::print);
    return ExitCode.OK;
  }

  private void print(JsonNode page) {
    JsonNode rules = page.path("access_rules");
    if (rules.isEmpty()) {
      out().println("no rules");
      return;
    }
    Table table = new Table("ID", "FROM", "TO", "TYPE", "CREATED");
    for (JsonNode rule : rules) {
      table.row(
          rule.path("id").asString(),
          rule.path("from_organization").asString(),
          rule.path("to_organization").asString(),
          Table.cell(rule.path("message_type"), "any"),
          rule.path("created_at").asString());
    }
    table.print(out());
    PageOptions.printNext(out(), page);
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Lets the agents of another organization send to those of this one.")
  int add(
      @Mixin OrganizationOptions options,
      @Parameters(paramLabel = "FROM", description = "The other organization.") String from,
      @Option(
              names = "--type",
              paramLabel = "TYPE",
              description = "Only messages of this type (default: any).")
          @Nullable String type)
      throws IOException, ConfigurationException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("from_organization", from);
    if (type != null) {
      body.put("message_type", type);
    }
    JsonNode rule = options.admin().post(RULES, body);
    out()
        .println(
            options.json.wanted
                ? Plain.json(rule.toString())
                : "%s: agents of %s may send to those of %s"
                    .formatted(
                        rule.path("id").asString(),
                        Plain.of(rule.path("from_organization").asString()),
                        Plain.of(rule.path("to_organization").asString())));
    return ExitCode.OK;
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Takes rules back. Stops at the first that there is not.")
  int remove(
      @Mixin OrganizationOptions options,
      @Parameters(arity = "1..*", paramLabel = "ID", description = "Their ids.") List<UUID> ids)
      throws IOException, ConfigurationException {
    AdminClient admin = options.admin();
    for (UUID id : ids) {
      admin.delete(RULES + "/" + id);
      options.json.print(out(), id + " is removed", Map.of("id", id, "removed", true));
    }
    return ExitCode.OK;
  }
}
