package dev.aegis.gateway.cli;

import java.io.PrintWriter;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Prints whether an agent is connected, and how much waits for it.")
final class AgentStatusCommand implements Callable<Integer> {
  @Mixin OrganizationOptions options = new OrganizationOptions();

  @Parameters(paramLabel = "AGENT", description = "Its id.")
  String agent = "";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    String body = options.admin().get(AgentCommand.path(agent) + "/status");
    PrintWriter out = spec.commandLine().getOut();
    options.json.print(out, body, status -> print(out, status));
    return ExitCode.OK;
  }

  private static void print(PrintWriter out, JsonNode status) {
    out.printf(
        "%s of %s: %s, %d messages wait for it%n",
        Plain.of(status.path("agent_id").asString()),
        Plain.of(status.path("organization").asString()),
        connection(status),
        status.path("pending").asLong());
  }

  private static String connection(JsonNode status) {
    if (status.path("revoked").asBoolean()) {
      return "revoked";
    }
    if (!status.path("is_active").asBoolean()) {
      return "not connected";
    }
    return "connected since " + Instant.ofEpochMilli(status.path("connected_at").asLong());
  }
}
