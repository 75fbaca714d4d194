package dev.aegis.gateway.cli;

import dev.aegis.gateway.config.Configuration;
import dev.aegis.gateway.config.ConfigurationReference;
import dev.aegis.gateway.config.Setting;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    modelTransformer = SettingFlags.class,
    description = {
      "Prints the configuration that serve would run with here, and where each value comes from.",
      "Takes the flags of serve. Secrets are shown as ***."
    })
final class ConfigCommand implements Callable<Integer> {
  @Mixin JsonOption json = new JsonOption();

  @Option(names = "--reference", description = "Prints what can be configured, as Markdown.")
  boolean reference;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    if (reference) {
      out.print(ConfigurationReference.markdown());
      out.flush();
      return ExitCode.OK;
    }
    Configuration configuration = SettingFlags.configuration(spec);
    configuration.warnings().forEach(spec.commandLine().getErr()::println);
    if (json.wanted) {
      out.println(Json.write(configuration.values().stream().map(ConfigCommand::row).toList()));
    } else {
      table(out, configuration);
    }
    return ExitCode.OK;
  }

  private static Map<String, Object> row(Configuration.Value<?> value) {
    Setting<?> setting = value.setting();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("key", setting.key());
    row.put("value", value.shown());
    row.put("source", value.source().origin().label());
    row.put("from", value.source().name());
    row.put("default", setting.fallback());
    row.put("description", setting.description());
    row.put("allowed", setting.allowed());
    row.put("environment", setting.environment());
    row.put("flag", setting.flag());
    return row;
  }

  private static void table(PrintWriter out, Configuration configuration) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("KEY", "VALUE", "FROM", "WHAT IT IS"));
    for (Configuration.Value<?> value : configuration.values()) {
      Setting<?> setting = value.setting();
      rows.add(
          List.of(
              setting.key(),
              value.shown().isEmpty() ? "-" : value.shown(),
              value.source().name(),
              setting.description() + " (" + setting.allowed() + ")"));
    }
    String format = "%-" + width(rows, 0) + "s  %-" + width(rows, 1) + "s  %-" + width(rows, 2);
    for (List<String> row : rows) {
      out.printf(format + "s  %s%n", row.toArray());
    }
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(1);
  }
}
