package dev.aegis.gateway.cli;

import dev.aegis.gateway.config.ConfigurationException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What every command has that asks the running gateway for agents, keys or rules.
final class OrganizationOptions {
  @Mixin DataDirOption data = new DataDirOption();
  @Mixin JsonOption json = new JsonOption();

  @Option(
      names = "--organization",
      paramLabel = "NAME",
      description =
          "Only what is of this organization; what is made is made in it (default: all, and"
              + " default for what is made).")
  @Nullable String name;

  /// Sees and changes only what is of that organization.
  AdminClient admin() throws IOException, ConfigurationException {
    return AdminClient.of(data.path()).within(name);
  }
}
