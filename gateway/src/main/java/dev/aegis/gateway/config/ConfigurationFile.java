package dev.aegis.gateway.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/// A configuration file: YAML mappings, whose nesting becomes dots in the keys. Values are taken as
/// they are written, so that what they mean does not depend on YAML's own types.
final class ConfigurationFile {
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 4;

  private final Path file;
  private final List<String> problems;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /// A value and where it stands.
  record Entry(String text, String place) {}

  private ConfigurationFile(Path file, List<String> problems) {
    this.file = file;
    this.problems = problems;
  }

  /// Every key of the file; what is wrong with the file is added to `problems`.
  static Map<String, Entry> read(Path file, List<String> problems) {
    ConfigurationFile reader = new ConfigurationFile(file, problems);
    try {
      if (Files.size(file) > MAX_BYTES) {
        problems.add(file + " is larger than 1 MiB");
        return Map.of();
      }
      LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).build();
      new Compose(settings)
          .composeString(Files.readString(file))
          .ifPresent(root -> reader.walk("", root, 0));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      problems.add(file + ":" + line + " is not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      problems.add(file + " is not YAML: " + e.getMessage());
    } catch (IOException e) {
      problems.add(file + " cannot be read: " + e);
    }
    return reader.entries;
  }

  private void walk(String key, Node node, int depth) {
    switch (node) {
      case MappingNode mapping when depth < MAX_DEPTH && !key.equals(Settings.RATE_TYPES.key()) ->
          mapping.getValue().forEach(tuple -> child(key, tuple, depth));
      case MappingNode mapping when key.equals(Settings.RATE_TYPES.key()) ->
          put(key, pairs(mapping), node);
      case ScalarNode scalar when !key.isEmpty() -> put(key, scalar.getValue(), node);
      default ->
          problems.add(
              place(node)
                  + (key.isEmpty() ? "" : " " + key)
                  + " must be "
                  + (key.isEmpty() ? "a mapping of keys" : "one value, not a list or a mapping"));
    }
  }

  private void child(String parent, NodeTuple tuple, int depth) {
    if (!(tuple.getKeyNode() instanceof ScalarNode name)) {
      problems.add(place(tuple.getKeyNode()) + " a key must be a plain word");
      return;
    }
    String key = parent.isEmpty() ? name.getValue() : parent + "." + name.getValue();
    walk(key, tuple.getValueNode(), depth + 1);
  }

  /// A mapping in the form that the environment has it.
  private static String pairs(MappingNode mapping) {
    StringBuilder pairs = new StringBuilder();
    for (NodeTuple tuple : mapping.getValue()) {
      String type = tuple.getKeyNode() instanceof ScalarNode name ? name.getValue() : "";
      String rate = tuple.getValueNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
      pairs.append(pairs.isEmpty() ? "" : ",").append(type).append('=').append(rate);
    }
    return pairs.toString();
  }

  private void put(String key, String text, Node node) {
    Entry earlier = entries.put(key, new Entry(text.strip(), place(node)));
    if (earlier != null) {
      problems.add(place(node) + " " + key + " is there already: " + earlier.place());
    }
  }

  private String place(Node node) {
    return file + node.getStartMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
  }
}
