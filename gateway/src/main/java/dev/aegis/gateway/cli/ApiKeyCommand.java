package dev.aegis.gateway.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "apikey",
    mixinStandardHelpOptions = true,
    description = "Makes a key for the REST API; it is shown this once.")
final class ApiKeyCommand implements Callable<Integer> {
  @Mixin DataDirOption data = new DataDirOption();
  @Mixin JsonOption json = new JsonOption();

  @Parameters(
      paramLabel = "NAME",
      description = "What it is for; letters, digits and . _ @ - only.")
  String name = "";

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      defaultValue = "sender",
      description = "admin, sender or viewer (default: ${DEFAULT-VALUE}).")
  String role = "sender";

  @Option(
      names = "--organization",
      paramLabel = "NAME",
      defaultValue = "default",
      description = "Whose agents it reaches (default: ${DEFAULT-VALUE}).")
  String organization = "default";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    var reply =
        AdminClient.of(data.path())
            .post(
                "/admin/apikeys", Map.of("name", name, "role", role, "organization", organization));
    String key = reply.path("api_key").asString();
    json.print(
        spec.commandLine().getOut(),
        key,
        Map.of("api_key", key, "name", name, "role", role, "organization", organization));
    return ExitCode.OK;
  }
}
