package dev.aegis.gateway.cli;

import dev.aegis.client.AegisClient;
import dev.aegis.client.IncomingMessage;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
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
  @Mixin JsonOption json = new JsonOption();
  @Mixin RawOption raw = new RawOption();

  @Option(
      names = "--timeout",
      defaultValue = "30",
      paramLabel = "SECONDS",
      description = "How long to wait for the response (default: ${DEFAULT-VALUE}).")
  long timeoutSeconds;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Duration timeout = Duration.ofSeconds(timeoutSeconds);
    try (AegisClient client = connect.connect()) {
      IncomingMessage response =
          Await.result(
              client.request(message.message(), timeout), timeout.plusSeconds(1), "no response");
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("id", response.message().id());
      object.put("from", response.from());
      object.put("type", response.type());
      object.put("text", response.text());
      json.print(spec.commandLine().getOut(), raw.shown(response.text()), object);
    }
    return ExitCode.OK;
  }
}
