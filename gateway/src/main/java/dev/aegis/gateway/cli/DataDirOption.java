package dev.aegis.gateway.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/// Where the gateway keeps its files, and where the other commands find its key and admin token.
final class DataDirOption {
  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      defaultValue = "${AEGIS_DATA_DIR:-aegis-data}",
      description = "The gateway's data directory (AEGIS_DATA_DIR; default: ${DEFAULT-VALUE}).")
  Path path = Path.of("aegis-data");
}
