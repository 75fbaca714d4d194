package dev.aegis.gateway.cli;

import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
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
  @Mixin DataDirOption data = new DataDirOption();
  @Mixin JsonOption json = new JsonOption();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    String body = AdminClient.of(data.path()).get("/status");
    PrintWriter out = spec.commandLine().getOut();
    if (json.wanted) {
      out.println(body);
    } else {
      print(out, "", Json.parse(body));
    }
    return ExitCode.OK;
  }

  private static void print(PrintWriter out, String indent, JsonNode object) {
    for (Map.Entry<String, JsonNode> property : object.properties()) {
      JsonNode value = property.getValue();
      if (value.isObject()) {
        out.println(indent + property.getKey());
        print(out, indent + "  ", value);
      } else {
        String text = value.isString() ? value.asString() : value.toString();
        out.printf("%-34s %s%n", indent + property.getKey(), text);
      }
    }
  }
}
