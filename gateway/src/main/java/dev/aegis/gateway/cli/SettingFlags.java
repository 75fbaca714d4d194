package dev.aegis.gateway.cli;

import dev.aegis.gateway.config.Configuration;
import dev.aegis.gateway.config.ConfigurationException;
import dev.aegis.gateway.config.Setting;
import dev.aegis.gateway.config.Settings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// Gives a command a flag for every setting, and the configuration that the flags, the environment
/// and the file make together.
final class SettingFlags implements IModelTransformer {
  private static final String FILE = "--config";

  @Override
  public CommandSpec transform(CommandSpec spec) {
    spec.usageMessage().sortOptions(false).abbreviateSynopsis(true);
    spec.addOption(
        OptionSpec.builder(FILE)
            .type(String.class)
            .paramLabel("FILE")
            .description(
                "YAML file with settings ("
                    + Configuration.FILE_VARIABLE
                    + "; default: "
                    + Configuration.FILE_NAME
                    + " here, if there is one).")
            .build());
    Settings.all().forEach(setting -> spec.addOption(option(setting)));
    return spec;
  }

  private static OptionSpec option(Setting<?> setting) {
    OptionSpec.Builder option =
        OptionSpec.builder(setting.flag())
            .type(String.class)
            .paramLabel("VALUE")
            .description(
                setting.description().replace("%", "%%")
                    + " ("
                    + setting.environment()
                    + (setting.fallback().isEmpty() ? "" : "; default: " + setting.fallback())
                    + ").");
    if (setting.isSwitch()) {
      option.arity("0..1").fallbackValue("true");
    }
    return option.build();
  }

  /// What is effective for the command that was called.
  static Configuration configuration(CommandSpec spec) throws ConfigurationException {
    ParseResult given = spec.commandLine().getParseResult();
    Map<String, String> flags = new HashMap<>();
    for (Setting<?> setting : Settings.all()) {
      String value = given.matchedOptionValue(setting.flag(), "");
      if (!value.isEmpty()) {
        flags.put(setting.key(), value);
      }
    }
    return load(given.matchedOptionValue(FILE, null), flags);
  }

  static Configuration load(@Nullable String file, Map<String, String> flags)
      throws ConfigurationException {
    return Configuration.load(
        new Configuration.Inputs(file, flags, System.getenv(), Path.of("").toAbsolutePath()));
  }
}
