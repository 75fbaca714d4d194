package dev.aegis.gateway.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

@Command(
    name = "register",
    mixinStandardHelpOptions = true,
    description = {
      "Registers an agent with what it says of itself.",
      "",
      "With a public key it may connect; without one it uses REST only. add does the same for an"
          + " agent that says nothing of itself."
    })
final class AgentRegisterCommand implements Callable<Integer> {
  @Mixin OrganizationOptions options = new OrganizationOptions();
  @Mixin AgentDetailOptions details = new AgentDetailOptions();

  @Parameters(paramLabel = "AGENT", description = "Its id, which is its address for good.")
  String agent = "";

  @Option(
      names = "--public-key",
      paramLabel = "KEY",
      description = "Its public key, as keygen prints it.")
  @Nullable String publicKey;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("agent_id", agent);
    body.putAll(details.given());
    if (publicKey != null) {
      body.put("public_key", publicKey);
    }
    JsonNode registered = options.admin().post(AgentCommand.AGENTS, body);
    AgentCommand.print(spec.commandLine().getOut(), options.json, registered);
    return ExitCode.OK;
  }
}
