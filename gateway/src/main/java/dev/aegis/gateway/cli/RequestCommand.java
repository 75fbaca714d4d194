package dev.aegis.gateway.cli;

import dev.aegis.client.AegisClient;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "request",
    mixinStandardHelpOptions = true,
    description = "Sends a request and prints the response.")
final class RequestCommand implements Callable<Integer> {
  @Mixin ConnectOptions connect = new ConnectOptions();
  @Mixin MessageOptions message = new MessageOptions();

  @Option(
      names = "--timeout",
      defaultValue = "30",
      description = "Seconds (default: ${DEFAULT-VALUE}).")
  long timeoutSeconds;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Duration timeout = Duration.ofSeconds(timeoutSeconds);
    try (AegisClient client = connect.connect()) {
      var response =
          Await.result(
              client.request(message.message(), timeout), timeout.plusSeconds(1), "no response");
      spec.commandLine().getOut().println(response.text());
    }
    return ExitCode.OK;
  }
}
