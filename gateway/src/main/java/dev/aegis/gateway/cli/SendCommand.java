package dev.aegis.gateway.cli;

import dev.aegis.client.AegisClient;
import dev.aegis.client.Sent;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(name = "send", mixinStandardHelpOptions = true, description = "Sends one message.")
final class SendCommand implements Callable<Integer> {
  @Mixin ConnectOptions connect = new ConnectOptions();
  @Mixin MessageOptions message = new MessageOptions();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    try (AegisClient client = connect.connect()) {
      Sent sent = client.send(message.message());
      Await.result(sent.accepted(), Duration.ofSeconds(30), "not accepted");
      spec.commandLine().getOut().println(sent.id());
    }
    return ExitCode.OK;
  }
}
