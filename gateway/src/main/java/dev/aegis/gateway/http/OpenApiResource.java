package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The contract of the REST API, as the gateway serves it: `openapi.yaml` of this package's
/// resources with its aliases and merges written out and the codes of problems filled in.
final class OpenApiResource implements Resource {
  private static final String FILE = "/dev/aegis/gateway/http/openapi.yaml";
  private static final String ALIASES = "x-aliases";
  private static final String MERGE = "<<";

  private final String document;

  /// The names of operations by method and path, as in `GET /api/v1/agents`.
  private final Map<String, String> operations = new HashMap<>();

  OpenApiResource() {
    Map<String, Object> loaded = load();
    document = Json.write(loaded);
    object(loaded.get("paths"))
        .forEach((path, item) ->
            object(item)
                .forEach((method, operation) -> {
                  if (operation instanceof Map<?, ?> map
                      && map.get("operationId") instanceof String id) {
                    operations.put(method.toUpperCase(Locale.ROOT) + " " + path, id);
                  }
                }));
  }

  /// What the document calls the operation of a route, by its first path; null where it has none.
  @Nullable String operation(Route route) {
    return operations.get(route.method() + " " + route.templates().getFirst());
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/api/v1/openapi.json", _ -> Reply.text(200, "application/json", document)));
  }

  /// The document.
  static Map<String, Object> load() {
    Map<String, Object> document;
    try (InputStream in = OpenApiResource.class.getResourceAsStream(FILE)) {
      Object loaded = new Load(LoadSettings.builder().build()).loadFromInputStream(in);
      document = object(written(loaded));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    document.keySet().removeIf(key -> key.startsWith("x-"));
    document.put("paths", paths(object(document.get("paths"))));
    Map<String, Object> components = object(document.get("components"));
    Map<String, Object> schemas = object(components.get("schemas"));
    Map<String, Object> codes = object(schemas.get("ProblemCode"));
    codes.put("enum", Arrays.stream(ProblemCode.values()).map(ProblemCode::label).toList());
    schemas.put("ProblemCode", codes);
    components.put("schemas", schemas);
    document.put("components", components);
    return document;
  }

  /// Each alias as a path of its own, with operations of its own.
  private static Map<String, Object> paths(Map<String, Object> written) {
    Map<String, Object> paths = new LinkedHashMap<>();
    written.forEach((path, value) -> {
      Map<String, Object> item = new LinkedHashMap<>(object(value));
      Object aliases = item.remove(ALIASES);
      paths.put(path, item);
      if (aliases instanceof List<?> names) {
        names.forEach(name -> paths.put(String.valueOf(name), alias(item)));
      }
    });
    return paths;
  }

  private static Map<String, Object> alias(Map<String, Object> item) {
    Map<String, Object> copy = new LinkedHashMap<>();
    item.forEach((key, value) -> {
      if (value instanceof Map<?, ?> operation && operation.containsKey("operationId")) {
        Map<String, Object> own = object(operation);
        own.put("operationId", own.get("operationId") + "Alias");
        copy.put(key, own);
      } else {
        copy.put(key, value);
      }
    });
    return copy;
  }

  /// A copy with its merges written out.
  private static @Nullable Object written(@Nullable Object node) {
    if (node instanceof Map<?, ?> map) {
      Map<String, Object> copy = new LinkedHashMap<>();
      if (map.get(MERGE) instanceof Map<?, ?> merged) {
        copy.putAll(object(written(merged)));
      }
      map.forEach((key, value) -> {
        Object inner = written(value);
        if (!MERGE.equals(key) && inner != null) {
          copy.put(String.valueOf(key), inner);
        }
      });
      return copy;
    }
    if (node instanceof List<?> list) {
      List<Object> copy = new ArrayList<>();
      for (Object each : list) {
        Object inner = written(each);
        if (inner != null) {
          copy.add(inner);
        }
      }
      return copy;
    }
    return node;
  }

  private static Map<String, Object> object(@Nullable Object node) {
    if (!(node instanceof Map<?, ?> map)) {
      throw new IllegalStateException(FILE + " has something else where an object must be");
    }
    Map<String, Object> object = new LinkedHashMap<>();
    map.forEach((key, value) -> object.put(String.valueOf(key), value));
    return object;
  }
}
