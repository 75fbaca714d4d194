package dev.aegis.bench.server;

import dev.aegis.gateway.config.Setting;
import dev.aegis.gateway.config.Settings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// How to configure a gateway that a command starts.
public final class ServerSettings {
  @Option(
      names = "--setting",
      paramLabel = "NAME=VALUE",
      description = {
        "A setting of the gateway that it starts, as its file names it, such as",
        "audit.messages=false. May come more than once."
      })
  Map<String, String> settings = new LinkedHashMap<>();

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  /// As they were given, by name.
  public Map<String, String> values() {
    return new TreeMap<>(settings);
  }

  /// As variables of the environment.
  public Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    settings.forEach((name, value) -> environment.put(find(name).environment(), value));
    return environment;
  }

  private Setting<?> find(String name) {
    return Settings.all().stream()
        .filter(setting -> setting.key().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new ParameterException(
                spec.commandLine(), "--setting " + name + ": there is no such setting"));
  }
}
