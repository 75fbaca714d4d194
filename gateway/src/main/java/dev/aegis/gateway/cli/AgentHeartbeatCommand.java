package dev.aegis.gateway.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "heartbeat",
    mixinStandardHelpOptions = true,
    description = "Says for agents without a socket that they live.")
final class AgentHeartbeatCommand implements Callable<Integer> {
  @Mixin OrganizationOptions options = new OrganizationOptions();

  @Parameters(arity = "1..*", paramLabel = "AGENT", description = "Their ids.")
  List<String> agents = List.of();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    AdminClient admin = options.admin();
    for (String agent : agents) {
      admin.post(AgentCommand.path(agent) + "/heartbeat", Map.of());
      options.json.print(
          spec.commandLine().getOut(),
          agent + " was heard of",
          Map.of("agent_id", agent, "heard", true));
    }
    return ExitCode.OK;
  }
}
