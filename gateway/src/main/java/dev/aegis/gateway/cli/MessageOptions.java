package dev.aegis.gateway.cli;

import dev.aegis.client.OutgoingMessage;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.TopicName;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// One message from the command line.
final class MessageOptions {
  @Parameters(
      arity = "1..2",
      paramLabel = "[TO] TEXT",
      hideParamSyntax = true,
      description =
          "The recipient, cap:NAME for one agent with that capability, or '*' for all, unless"
              + " --topic is given; and the payload.")
  List<String> words = List.of();

  @Option(
      names = "--topic",
      paramLabel = "NAME",
      description = "Publishes it to a topic: there is no recipient then.")
  @Nullable String topic;

  @Option(
      names = "--park",
      description =
          "Where nobody with the capability is there, keeps it until somebody is; otherwise it is"
              + " refused.")
  boolean park;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      defaultValue = "task",
      description = "Message type (default: ${DEFAULT-VALUE}).")
  String type = "task";

  @Option(
      names = "--priority",
      paramLabel = "CLASS",
      description = "critical, high, normal, low, or 1 to 10 (default: by type).")
  @Nullable String priority;

  @Option(
      names = "--guarantee",
      paramLabel = "GUARANTEE",
      description = "best-effort, at-least-once or exactly-once (default: by type).")
  @Nullable String guarantee;

  @Option(
      names = "--ttl",
      paramLabel = "MILLIS",
      defaultValue = "0",
      description = "How long it is worth delivering; 0 for ever (default: ${DEFAULT-VALUE}).")
  long ttlMillis;

  @Option(names = "--channel", paramLabel = "NAME", description = "Channel name.")
  @Nullable String channel;

  private String to() {
    String name = topic;
    if (words.size() != (name == null ? 2 : 1)) {
      throw new IllegalArgumentException("give TO and TEXT, or --topic NAME and TEXT");
    }
    return name == null ? words.getFirst() : TopicName.PREFIX + name;
  }

  OutgoingMessage message() {
    OutgoingMessage message =
        OutgoingMessage.text(to(), type, words.getLast())
            .withTtl(Duration.ofMillis(ttlMillis))
            .withChannel(channel);
    if (park) {
      message = message.withParking();
    }
    String p = priority;
    if (p != null) {
      message =
          message.withPriority(
              Priority.parse(p)
                  .orElseThrow(() ->
                      new IllegalArgumentException(
                          "--priority: critical, high, normal, low, or 1 to 10")));
    }
    String g = guarantee;
    if (g != null) {
      message =
          message.withGuarantee(
              Guarantee.parse(g)
                  .orElseThrow(() ->
                      new IllegalArgumentException(
                          "--guarantee: best-effort, at-least-once or exactly-once")));
    }
    return message;
  }
}
