package dev.aegis.gateway.cli;

import dev.aegis.gateway.config.ConfigurationException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    description = "Enrols, registers, shows, changes and revokes agents of the running gateway.",
    synopsisSubcommandLabel =
        "(add | register | list | show | status | update | heartbeat | revoke | token)",
    subcommands = {
      AgentRegisterCommand.class,
      AgentShowCommand.class,
      AgentStatusCommand.class,
      AgentUpdateCommand.class,
      AgentHeartbeatCommand.class
    })
final class AgentCommand extends CommandGroup {
  static final String AGENTS = "/api/v1/agents";

  private static final String ORGANIZATION = "Its organization (default: ${DEFAULT-VALUE}).";

  /// Where the API has an agent.
  static String path(String agent) {
    return AGENTS + "/" + AdminClient.segment(agent);
  }

  /// What the registry has of an agent: a line for each field that says something.
  static void print(PrintWriter out, JsonOption json, JsonNode agent) {
    if (json.wanted) {
      out.println(Plain.json(agent.toString()));
      return;
    }
    for (Map.Entry<String, JsonNode> field : agent.properties()) {
      JsonNode value = field.getValue();
      if (!field.getKey().equals("id") && !value.isNull()) {
        out.printf("%-14s %s%n", field.getKey().replace('_', ' '), Plain.of(text(value)));
      }
    }
  }

  private static String text(JsonNode value) {
    if (value.isArray() && !value.isEmpty()) {
      return value.valueStream().map(AgentCommand::text).collect(Collectors.joining(", "));
    }
    if (value.isObject()) { // a capability with attributes
      return value.path("name").asString() + " " + value.path("attributes");
    }
    return value.isArray() ? "-" : value.asString();
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Enrols an agent with its public key.")
  int add(
      @Mixin DataDirOption data,
      @Mixin JsonOption json,
      @Parameters(paramLabel = "AGENT", description = "Its name.") String agent,
      @Parameters(paramLabel = "PUBLIC-KEY", description = "As keygen prints it.") String publicKey,
      @Option(
              names = "--organization",
              paramLabel = "NAME",
              defaultValue = "default",
              description = ORGANIZATION)
          String organization)
      throws IOException, ConfigurationException {
    AdminClient.of(data.path())
        .post(
            "/admin/agents",
            Map.of("agent_id", agent, "public_key", publicKey, "organization", organization));
    json.print(
        out(), agent + " is enrolled", Map.of("agent_id", agent, "organization", organization));
    return ExitCode.OK;
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the enrolled agents.")
  int list(@Mixin DataDirOption data, @Mixin JsonOption json)
      throws IOException, ConfigurationException {
    String body = AdminClient.of(data.path()).get("/admin/agents");
    json.print(out(), body, this::printAll);
    return ExitCode.OK;
  }

  private void printAll(JsonNode agents) {
    for (JsonNode row : agents) {
      String state =
          row.path("revoked").asBoolean()
              ? "revoked"
              : row.path("connected").asBoolean() ? "connected" : "offline";
      out()
          .printf(
              "%-32s %-16s %-10s %s%n",
              Plain.of(row.path("agent_id").asString()),
              Plain.of(row.path("organization").asString()),
              state,
              row.path("public_key").asString());
    }
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "Revokes an agent's key and cuts its session.")
  int revoke(
      @Mixin DataDirOption data,
      @Mixin JsonOption json,
      @Parameters(paramLabel = "AGENT", description = "Its name.") String agent)
      throws IOException, ConfigurationException {
    AdminClient.of(data.path()).delete("/admin/agents/" + agent);
    json.print(out(), agent + " is revoked", Map.of("agent_id", agent, "revoked", true));
    return ExitCode.OK;
  }

  @Command(
      name = "token",
      mixinStandardHelpOptions = true,
      description = "Makes a one-time join token with which an agent enrols itself.")
  int token(
      @Mixin DataDirOption data,
      @Mixin JsonOption json,
      @Option(names = "--agent", paramLabel = "AGENT", description = "Only for this agent.")
          @Nullable String agent,
      @Option(
              names = "--organization",
              paramLabel = "NAME",
              defaultValue = "default",
              description = ORGANIZATION)
          String organization,
      @Option(
              names = "--seconds",
              paramLabel = "SECONDS",
              defaultValue = "3600",
              description = "How long it holds (default: ${DEFAULT-VALUE}).")
          long seconds)
      throws IOException, ConfigurationException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("organization", organization);
    body.put("seconds", seconds);
    if (agent != null) {
      body.put("agent_id", agent);
    }
    JsonNode reply = AdminClient.of(data.path()).post("/admin/tokens", body);
    String token = reply.path("join_token").asString();
    json.print(out(), token, Map.of("join_token", token));
    return ExitCode.OK;
  }
}
