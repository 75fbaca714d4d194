package dev.aegis.gateway.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Prints the running gateway's status as JSON.")
final class StatusCommand implements Callable<Integer> {
  @Mixin DataDirOption data = new DataDirOption();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    spec.commandLine().getOut().println(AdminClient.of(data.path).get("/status"));
    return ExitCode.OK;
  }
}
