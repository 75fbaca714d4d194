package dev.aegis.gateway.cli;

import dev.aegis.client.AegisClient;
import dev.aegis.client.Sent;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "send",
    mixinStandardHelpOptions = true,
    description =
        "Sends one message and prints its id once the gateway has it: a durable one once it is"
            + " stored.")
final class SendCommand implements Callable<Integer> {
  @Mixin ConnectOptions connect = new ConnectOptions();
  @Mixin MessageOptions message = new MessageOptions();
  @Mixin JsonOption json = new JsonOption();

  @Option(
      names = "--timeout",
      defaultValue = "30",
      paramLabel = "SECONDS",
      description = "How long to wait for that (default: ${DEFAULT-VALUE}).")
  long timeoutSeconds;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    try (AegisClient client = connect.connect()) {
      Sent sent = client.send(message.message());
      Await.result(sent.accepted(), Duration.ofSeconds(timeoutSeconds), "not accepted");
      json.print(
          spec.commandLine().getOut(), sent.id().toString(), Map.of("id", sent.id().toString()));
    }
    return ExitCode.OK;
  }
}
