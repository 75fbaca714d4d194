package dev.aegis.gateway.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Whose agents, keys or rules a command is about.
final class OrganizationOption {
  @Option(
      names = "--organization",
      paramLabel = "NAME",
      description =
          "Only what is of this organization; what is made is made in it (default: all, and"
              + " default for what is made).")
  @Nullable String name;
}
