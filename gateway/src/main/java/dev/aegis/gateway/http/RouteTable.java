package dev.aegis.gateway.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// All routes, found by the segments of a path. Where several templates fit, the one with a word
/// where the others have a variable counts, with all its methods: `/agents/broadcast` is never an
/// agent of that name. Immutable.
final class RouteTable {
  private static final Comparator<Path> WORDS_FIRST =
      Comparator.comparing(path ->
          path.segments.stream().map(s -> isVariable(s) ? "1" : "0").collect(Collectors.joining()));

  private final Map<Integer, List<Path>> byLength = new HashMap<>();
  private final List<Route> routes;

  /// A path with its routes by method.
  private record Path(List<String> segments, Map<String, Route> methods) {
    @Nullable Map<String, String> match(List<String> actual) {
      Map<String, String> variables = new HashMap<>();
      for (int i = 0; i < segments.size(); i++) {
        String segment = segments.get(i);
        String value = actual.get(i);
        if (isVariable(segment)) {
          if (value.isEmpty()) {
            return null;
          }
          variables.put(segment.substring(1, segment.length() - 1), value);
        } else if (!segment.equals(value)) {
          return null;
        }
      }
      return variables;
    }
  }

  /// What a path leads to.
  ///
  /// @param methods the routes of the path
  record Match(Map<String, Route> methods, Map<String, String> variables) {
    @Nullable Route route(String method) {
      return methods.get(method);
    }

    /// The methods as the Allow header has them.
    String allow() {
      List<String> names = new ArrayList<>(methods.keySet());
      if (methods.containsKey("GET")) {
        names.add("HEAD");
      }
      names.add("OPTIONS");
      names.sort(null);
      return String.join(", ", names);
    }
  }

  /// @throws IllegalArgumentException two routes for one method of one path
  RouteTable(List<? extends Resource> resources) {
    this.routes = resources.stream().flatMap(resource -> resource.routes().stream()).toList();
    Map<String, Path> paths = new TreeMap<>();
    for (Route route : routes) {
      for (String template : route.templates()) {
        Path path =
            paths.computeIfAbsent(
                template, t -> new Path(List.of(t.substring(1).split("/", -1)), new TreeMap<>()));
        if (path.methods.put(route.method(), route) != null) {
          throw new IllegalArgumentException(route.method() + " " + template + " twice");
        }
      }
    }
    paths
        .values()
        .forEach(path ->
            byLength.computeIfAbsent(path.segments.size(), _ -> new ArrayList<>()).add(path));
    byLength.values().forEach(list -> list.sort(WORDS_FIRST));
  }

  List<Route> routes() {
    return routes;
  }

  /// Empty where no template fits.
  Optional<Match> find(List<String> segments) {
    for (Path path : byLength.getOrDefault(segments.size(), List.of())) {
      Map<String, String> variables = path.match(segments);
      if (variables != null) {
        return Optional.of(new Match(path.methods, variables));
      }
    }
    return Optional.empty();
  }

  private static boolean isVariable(String segment) {
    return segment.startsWith("{");
  }
}
