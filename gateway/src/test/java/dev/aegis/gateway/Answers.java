package dev.aegis.gateway;

import dev.aegis.gateway.http.Json;
import dev.aegis.gateway.http.OpenApi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What every operation was answered with in the tests of this JVM, in a file of its own: a line
/// `OPERATION STATUS` each, once. Thread-safe.
final class Answers {
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

  private final Path file;
  private final Map<String, String> operations = new LinkedHashMap<>();
  private final Set<String> seen = ConcurrentHashMap.newKeySet();

  Answers(Path directory) {
    Map<String, String> found = new LinkedHashMap<>();
    Json.parse(OpenApi.json())
        .path("paths")
        .forEachEntry((path, item) ->
            item.forEachEntry((method, json) -> {
              if (METHODS.contains(method)) {
                found.put(
                    method.toUpperCase(Locale.ROOT) + " " + path.replaceAll("\\{[^}]+}", "[^/]+"),
                    json.path("operationId").asString());
              }
            }));
    // A word where others have a variable counts first, as in the gateway.
    found.keySet().stream()
        .sorted(Comparator.comparing((String pattern) -> pattern.contains("[^/]+")))
        .forEach(pattern -> operations.put(pattern, found.get(pattern)));
    try {
      file = Files.createTempFile(Files.createDirectories(directory), "answers", ".txt");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void add(String method, String path, int status) {
    String call = method + " " + path;
    operations.entrySet().stream()
        .filter(operation -> call.matches(operation.getKey()))
        .findFirst()
        .map(operation -> operation.getValue() + " " + status + "\n")
        .filter(seen::add)
        .ifPresent(this::write);
  }

  private void write(String line) {
    try {
      Files.writeString(file, line, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
