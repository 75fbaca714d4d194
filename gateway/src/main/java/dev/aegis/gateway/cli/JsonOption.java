package dev.aegis.gateway.cli;

import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Option;

/// Whether a script reads the output.
final class JsonOption {
  @Option(names = "--json", description = "Prints JSON.")
  boolean wanted;

  /// Prints the line for people, or the object for scripts.
  void print(PrintWriter out, String line, Map<String, ?> object) {
    out.println(wanted ? Json.write(object) : line);
  }
}
