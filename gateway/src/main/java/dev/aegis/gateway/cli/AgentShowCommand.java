package dev.aegis.gateway.cli;

import dev.aegis.gateway.http.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description = "Prints what the registry has of an agent, and whether it is there.")
final class AgentShowCommand implements Callable<Integer> {
  @Mixin OrganizationOptions options = new OrganizationOptions();

  @Parameters(paramLabel = "AGENT", description = "Its id.")
  String agent = "";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    String body = options.admin().get(AgentCommand.path(agent));
    AgentCommand.print(spec.commandLine().getOut(), options.json, Json.parse(body));
    return ExitCode.OK;
  }
}
