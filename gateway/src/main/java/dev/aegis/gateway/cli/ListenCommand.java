package dev.aegis.gateway.cli;

import dev.aegis.client.AegisClient;
import dev.aegis.client.IncomingMessage;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "listen",
    mixinStandardHelpOptions = true,
    description =
        "Prints what arrives for an agent and acknowledges it; answers requests with an echo.")
final class ListenCommand implements Callable<Integer> {
  @Mixin ConnectOptions connect = new ConnectOptions();

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "0",
      description = "Ends after so many messages; 0 for never (default: ${DEFAULT-VALUE}).")
  int count;

  @Option(names = "--json", description = "Prints one JSON object a line.")
  boolean json;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    CountDownLatch left = new CountDownLatch(count == 0 ? Integer.MAX_VALUE : count);
    PrintWriter out = spec.commandLine().getOut();
    try (AegisClient _ = AegisClient.connect(connect.options(), c -> register(c, out, left))) {
      out.flush();
      left.await();
    }
    return ExitCode.OK;
  }

  private void register(AegisClient client, PrintWriter out, CountDownLatch left) {
    client.on("*", message -> print(out, message, left));
    client.onRequest(
        "*",
        request -> {
          print(out, request, left);
          return request.payload();
        });
  }

  private void print(PrintWriter out, IncomingMessage message, CountDownLatch left) {
    synchronized (out) {
      if (json) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("id", message.message().id());
        line.put("from", message.from());
        line.put("type", message.type());
        line.put("priority", message.message().priority().label());
        line.put("guarantee", message.message().guarantee().label());
        line.put("attempt", message.attempt());
        line.put("text", message.text());
        out.println(Json.write(line));
      } else {
        out.printf(
            "%s  %-8s %s: %s%n",
            message.from(), message.message().priority().label(), message.type(), message.text());
      }
      out.flush();
    }
    left.countDown();
  }
}
