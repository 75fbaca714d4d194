package dev.aegis.gateway.cli;

import dev.aegis.client.AegisClient;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.SubscribeOptions;
import dev.aegis.client.Subscription;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "listen",
    mixinStandardHelpOptions = true,
    description =
        "Prints what arrives for an agent and acknowledges it; answers requests with an echo.")
final class ListenCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Mixin ConnectOptions connect = new ConnectOptions();

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "0",
      description = "Ends after so many messages; 0 for never (default: ${DEFAULT-VALUE}).")
  int count;

  @Option(
      names = "--topic",
      paramLabel = "PATTERN",
      description = "Subscribes to topics: * is any one token, > at the end the rest.")
  @Nullable String topic;

  @Option(
      names = "--filter",
      paramLabel = "K=V",
      description =
          "Only messages of the topics that have it: type, priority (critical,high,…), from or"
              + " meta.KEY. More than one: all must hold.")
  Map<String, String> filter = new LinkedHashMap<>();

  @Option(
      names = "--queue-group",
      paramLabel = "NAME",
      description = "Shares the messages of the topics with the others of the group.")
  @Nullable String queueGroup;

  @Option(
      names = "--durable",
      description = "Has the gateway keep the subscription, and durable messages, while away.")
  boolean durable;

  @Option(
      names = "--forget",
      description = "Ends the durable subscription, for good, when --count is reached.")
  boolean forget;

  @Mixin RawOption raw = new RawOption();

  @Option(names = "--json", description = "Prints one JSON object a line.")
  boolean json;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (topic == null && (durable || forget || queueGroup != null || !filter.isEmpty())) {
      throw new ParameterException(
          spec.commandLine(), "--filter, --queue-group, --durable and --forget need --topic");
    }
    CountDownLatch left = new CountDownLatch(count == 0 ? Integer.MAX_VALUE : count);
    PrintWriter out = spec.commandLine().getOut();
    AtomicReference<@Nullable Subscription> made = new AtomicReference<>();
    try (AegisClient _ =
        AegisClient.connect(
            connect.options(),
            c -> {
              register(c, out, left);
              made.set(subscribe(c, out, left));
            })) {
      Subscription subscription = made.get();
      if (subscription != null) {
        Await.result(subscription.active(), PATIENCE, "not subscribed");
      }
      out.flush();
      left.await();
      if (subscription != null && forget) {
        subscription.close();
      }
    }
    return ExitCode.OK;
  }

  private @Nullable Subscription subscribe(
      AegisClient client, PrintWriter out, CountDownLatch left) {
    String pattern = topic;
    return pattern == null
        ? null
        : client.subscribe(
            pattern,
            new SubscribeOptions(filter, queueGroup, durable),
            message -> print(out, message, left));
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
        if (message.topic() != null) {
          line.put("topic", message.topic());
        }
        line.put("type", message.type());
        line.put("priority", message.message().priority().label());
        line.put("guarantee", message.message().guarantee().label());
        line.put("attempt", message.attempt());
        line.put("text", message.text());
        out.println(Plain.json(Json.write(line)));
      } else {
        out.printf(
            "%s  %-8s %s%s: %s%n",
            Plain.of(message.from()),
            message.message().priority().label(),
            message.topic() == null ? "" : Plain.of(message.topic()) + " ",
            Plain.of(message.type()),
            raw.shown(message.text()));
      }
      out.flush();
    }
    left.countDown();
  }
}
