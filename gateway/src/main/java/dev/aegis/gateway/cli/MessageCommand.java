package dev.aegis.gateway.cli;

import dev.aegis.gateway.config.ConfigurationException;
import java.io.IOException;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "message",
    mixinStandardHelpOptions = true,
    description = "Looks up a message that the running gateway has stored.",
    synopsisSubcommandLabel = "show")
final class MessageCommand extends CommandGroup {
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description =
          "Prints a message and all that happened to it: when it was stored, delivered, tried again"
              + " and why, and how it ended. The payload comes with --json only.")
  int show(
      @Mixin DataDirOption data,
      @Mixin JsonOption json,
      @Parameters(paramLabel = "ID", description = "Its id, as send prints it.") UUID id)
      throws IOException, ConfigurationException {
    return MessageStory.print(AdminClient.of(data.path()), id, json, out());
  }
}
