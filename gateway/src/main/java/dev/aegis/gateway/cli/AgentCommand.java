package dev.aegis.gateway.cli;

import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    description = "Enrols, lists and revokes agents of the running gateway.",
    synopsisSubcommandLabel = "(add | list | revoke | token)")
final class AgentCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public void run() {
    throw new picocli.CommandLine.ParameterException(
        spec.commandLine(), "say which: add, list, revoke or token");
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Enrols an agent with its public key.")
  int add(
      @Mixin DataDirOption data,
      @Parameters(paramLabel = "AGENT") String agent,
      @Parameters(paramLabel = "PUBLIC-KEY", description = "As keygen prints it.") String publicKey,
      @Option(names = "--organization", defaultValue = "default") String organization)
      throws IOException {
    AdminClient.of(data.path)
        .post(
            "/admin/agents",
            Map.of("agent_id", agent, "public_key", publicKey, "organization", organization));
    spec.commandLine().getOut().println(agent + " is enrolled");
    return ExitCode.OK;
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the enrolled agents.")
  int list(@Mixin DataDirOption data, @Option(names = "--json") boolean json) throws IOException {
    String body = AdminClient.of(data.path).get("/admin/agents");
    if (json) {
      spec.commandLine().getOut().println(body);
      return ExitCode.OK;
    }
    for (JsonNode row : Json.parse(body)) {
      String state =
          row.path("revoked").asBoolean()
              ? "revoked"
              : row.path("connected").asBoolean() ? "connected" : "offline";
      spec.commandLine()
          .getOut()
          .printf(
              "%-32s %-16s %-10s %s%n",
              row.path("agent_id").asString(),
              row.path("organization").asString(),
              state,
              row.path("public_key").asString());
    }
    return ExitCode.OK;
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "Revokes an agent's key and cuts its session.")
  int revoke(@Mixin DataDirOption data, @Parameters(paramLabel = "AGENT") String agent)
      throws IOException {
    AdminClient.of(data.path).delete("/admin/agents/" + agent);
    spec.commandLine().getOut().println(agent + " is revoked");
    return ExitCode.OK;
  }

  @Command(
      name = "token",
      mixinStandardHelpOptions = true,
      description = "Makes a one-time join token with which an agent enrols itself.")
  int token(
      @Mixin DataDirOption data,
      @Option(names = "--agent", description = "Only for this agent.") @Nullable String agent,
      @Option(names = "--organization", defaultValue = "default") String organization,
      @Option(names = "--seconds", defaultValue = "3600", description = "How long it holds.")
          long seconds)
      throws IOException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("organization", organization);
    body.put("seconds", seconds);
    if (agent != null) {
      body.put("agent_id", agent);
    }
    JsonNode reply = AdminClient.of(data.path).post("/admin/tokens", body);
    spec.commandLine().getOut().println(reply.path("join_token").asString());
    return ExitCode.OK;
  }
}
