package dev.aegis.gateway.cli;

import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Prints the running gateway's status.")
final class StatusCommand implements Callable<Integer> {
  private static final String LINE = "%-34s %s%n";

  /// Objects of up to so many numbers get one line.
  private static final int ONE_LINE = 5;

  @Mixin DataDirOption data = new DataDirOption();
  @Mixin JsonOption json = new JsonOption();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    String body = AdminClient.of(data.path()).get("/status");
    PrintWriter out = spec.commandLine().getOut();
    json.print(out, body, status -> print(out, "", status));
    return ExitCode.OK;
  }

  private static void print(PrintWriter out, String indent, JsonNode object) {
    for (Map.Entry<String, JsonNode> property : object.properties()) {
      JsonNode value = property.getValue();
      if (value.isObject() && value.size() <= ONE_LINE && flat(value)) {
        out.printf(LINE, indent + property.getKey(), oneLine(value));
      } else if (value.isObject()) {
        out.println(indent + property.getKey());
        print(out, indent + "  ", value);
      } else {
        out.printf(LINE, indent + property.getKey(), text(value));
      }
    }
  }

  private static boolean flat(JsonNode object) {
    return object.valueStream().allMatch(JsonNode::isNumber);
  }

  private static String oneLine(JsonNode object) {
    if (object.isEmpty()) {
      return "-";
    }
    return object
        .propertyStream()
        .map(property -> property.getKey() + " " + text(property.getValue()))
        .collect(Collectors.joining("  "));
  }

  private static String text(JsonNode value) {
    return Plain.of(value.isString() ? value.asString() : value.toString());
  }
}
