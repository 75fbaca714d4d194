package dev.aegis.gateway.cli;

import dev.aegis.gateway.config.ConfigurationException;
import dev.aegis.gateway.config.Settings;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where the other commands find the gateway's key and admin token.
final class DataDirOption {
  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description =
          "The gateway's data directory (AEGIS_DATA_DIR, or data-dir of aegis.yaml; default:"
              + " aegis-data).")
  @Nullable String given;

  /// The directory that a gateway started here would use.
  Path path() throws ConfigurationException {
    String directory = given;
    Map<String, String> flags =
        directory == null ? Map.of() : Map.of(Settings.DATA_DIR.key(), directory);
    return SettingFlags.load(null, flags).get(Settings.DATA_DIR);
  }
}
