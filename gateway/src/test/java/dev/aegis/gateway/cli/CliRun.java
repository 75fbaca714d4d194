package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Runs commands against a gateway and keeps what the last one wrote.
final class CliRun {
  private final Path dataDir;
  private String out = "";
  private String err = "";

  CliRun(Path dataDir) {
    this.dataDir = dataDir;
  }

  int code(String... arguments) {
    StringWriter written = new StringWriter();
    StringWriter wrong = new StringWriter();
    List<String> all = new ArrayList<>(List.of(arguments));
    if (arguments.length > 1) {
      all.add("--data-dir=" + dataDir);
    }
    int code =
        Main.commandLine()
            .setOut(new PrintWriter(written))
            .setErr(new PrintWriter(wrong))
            .execute(all.toArray(String[]::new));
    out = written.toString();
    err = wrong.toString();
    return code;
  }

  /// What a command wrote that went well.
  List<String> lines(String... arguments) {
    assertThat(code(arguments)).as(err).isEqualTo(ExitCode.OK);
    return out.lines().toList();
  }

  JsonNode json(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--json");
    return Json.parse(String.join("\n", lines(all.toArray(String[]::new))));
  }

  /// What a command said that failed.
  String failure(int code, String... arguments) {
    assertThat(code(arguments)).as(out).isEqualTo(code);
    return err;
  }
}
