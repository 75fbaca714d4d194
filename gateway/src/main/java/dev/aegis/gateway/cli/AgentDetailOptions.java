package dev.aegis.gateway.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What the registry has of an agent, as far as somebody says it.
final class AgentDetailOptions {
  @Option(
      names = "--name",
      paramLabel = "TEXT",
      description = "What people call it, unique in its organization (default: its id).")
  @Nullable String name;

  @Option(names = "--type", paramLabel = "TYPE", description = "What kind of agent it is.")
  @Nullable String type;

  @Option(names = "--endpoint", paramLabel = "URL", description = "Where it is reached over HTTP.")
  @Nullable String endpoint;

  @Option(
      names = "--capability",
      paramLabel = "NAME",
      description = "What it is able to do; may be given several times. These replace all it had.")
  @Nullable List<String> capabilities;

  @Option(
      names = "--status",
      paramLabel = "STATUS",
      description = "What it is ready for: active, inactive or maintenance.")
  @Nullable String status;

  /// What was given, as the REST API names it.
  Map<String, Object> given() {
    Map<String, Object> given = new LinkedHashMap<>();
    put(given, "name", name);
    put(given, "type", type);
    put(given, "endpoint", endpoint);
    put(given, "capabilities", capabilities);
    put(given, "status", status);
    return given;
  }

  private static void put(Map<String, Object> given, String field, @Nullable Object value) {
    if (value != null) {
      given.put(field, value);
    }
  }
}
