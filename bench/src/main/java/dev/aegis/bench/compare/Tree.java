package dev.aegis.bench.compare;

import dev.aegis.bench.report.Git;
import dev.aegis.bench.server.Directories;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Sources that can be built and measured: those in a working tree, or a commit in a directory of
/// its own, which goes when this is closed.
final class Tree implements AutoCloseable {
  private static final int ERROR_LINES = 5;

  /// A figure with one of these units is a measure; the others count or repeat what was asked for.
  private static final Pattern UNIT = Pattern.compile("Per[A-Z]|Micros|Millis|Seconds|RssBytes");

  private final Path directory;
  private final boolean temporary;
  private final String name;
  private final List<String> options;

  private Tree(Path directory, boolean temporary, String name, String options) {
    this.directory = directory;
    this.temporary = temporary;
    this.name = options.isEmpty() ? name : name + " " + options;
    this.options = GatewayProcess.words(options);
  }

  /// The sources as they are now.
  ///
  /// @param options that only these are measured with
  static Tree working(Path root, String name, String options) {
    return new Tree(root, false, name, options);
  }

  /// @param commit the whole hash
  /// @param options that only this is measured with
  static Tree of(Path root, String commit, String options) throws IOException {
    Path directory = Directories.temporary("compare");
    Tree tree = new Tree(directory, true, commit.substring(0, 12), options);
    boolean complete = false;
    try {
      // A clone and not a worktree: nothing of it is left in the repository, however this ends.
      git(root, "clone", "--quiet", "--shared", "--no-checkout", ".", directory.toString());
      git(directory, "checkout", "--quiet", "--detach", commit);
      complete = true;
      return tree;
    } finally {
      if (!complete) {
        tree.close();
      }
    }
  }

  private static void git(Path directory, String... arguments) throws IOException {
    if (Git.output(directory, arguments).isEmpty()) {
      throw new IOException("git " + String.join(" ", arguments) + " failed in " + directory);
    }
  }

  String name() {
    return name;
  }

  /// Builds what is not built, so that no measurement does.
  void build(String benchmark) throws IOException, InterruptedException {
    run(List.of(benchmark, "--help"));
  }

  /// Runs a benchmark and returns what it measured.
  ///
  /// @throws IOException it failed; with the end of what it said
  Map<String, Double> measure(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(arguments);
    command.addAll(options);
    command.add("--json");
    List<String> lines = run(command).lines().toList();
    Map<String, Double> figures = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> figure :
        Json.parse(lines.isEmpty() ? "{}" : lines.getLast()).properties()) {
      if (figure.getValue().isNumber() && UNIT.matcher(figure.getKey()).find()) {
        figures.put(figure.getKey(), figure.getValue().asDouble());
      }
    }
    return figures;
  }

  private String run(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(directory.resolve("aegis").toString(), "bench"));
    command.addAll(arguments);
    Path log = Files.createTempFile("aegis-bench-compare-", ".log");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).directory(directory.toFile()).redirectError(log.toFile());
      builder.environment().put("AEGIS_JAVA_HOME", System.getProperty("java.home"));
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        List<String> said = Files.readAllLines(log);
        throw new IOException(
            "%s at %s ended with %d: %s"
                .formatted(
                    String.join(" ", arguments),
                    name,
                    process.exitValue(),
                    String.join(
                        "\n  ",
                        said.subList(Math.max(0, said.size() - ERROR_LINES), said.size()))));
      }
      return output.strip();
    } finally {
      Files.deleteIfExists(log);
    }
  }

  @Override
  public void close() throws IOException {
    if (temporary) {
      Directories.delete(directory);
    }
  }
}
