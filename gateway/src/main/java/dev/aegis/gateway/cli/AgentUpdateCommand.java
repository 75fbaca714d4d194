package dev.aegis.gateway.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "update",
    mixinStandardHelpOptions = true,
    description = {
      "Changes what the registry has of an agent; what is not given stays.",
      "",
      "An agent that is set inactive is disconnected and takes nothing; one in maintenance takes"
          + " what is sent to it by name."
    })
final class AgentUpdateCommand implements Callable<Integer> {
  @Mixin OrganizationOptions options = new OrganizationOptions();
  @Mixin AgentDetailOptions details = new AgentDetailOptions();

  @Parameters(paramLabel = "AGENT", description = "Its id.")
  String agent = "";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Map<String, Object> changes = details.given();
    if (changes.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "say what to change");
    }
    AgentCommand.print(
        spec.commandLine().getOut(),
        options.json,
        options.admin().patch(AgentCommand.path(agent), changes));
    return ExitCode.OK;
  }
}
