package dev.aegis.gateway.cli;

import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// Whether a script reads the output.
final class JsonOption {
  @Option(names = "--json", description = "Prints JSON.")
  boolean wanted;

  /// Prints what a gateway answered: for scripts as it is, or as people read it.
  void print(PrintWriter out, String answer, Consumer<JsonNode> forPeople) {
    if (wanted) {
      out.println(Plain.json(answer));
    } else {
      forPeople.accept(Json.parse(answer));
    }
  }

  /// Prints the line for people, or the object for scripts.
  void print(PrintWriter out, String line, Map<String, ?> object) {
    out.println(wanted ? Plain.json(Json.write(object)) : line);
  }
}
