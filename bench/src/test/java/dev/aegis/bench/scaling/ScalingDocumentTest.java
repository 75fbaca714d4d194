package dev.aegis.bench.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// The tables of the document are those that the command in it makes of the results in the
/// repository.
class ScalingDocumentTest {
  private static final String COMMAND = "./aegis bench scaling ";

  @TempDir private Path directory;

  @Test
  void tablesAreWhatTheCommandMakesOfTheResults() throws IOException {
    Path root = root();
    Path document = root.resolve("docs/SCALING.md");
    String command =
        Files.readAllLines(document).stream()
            .filter(line -> line.startsWith(COMMAND))
            .findFirst()
            .orElseThrow();
    Path copy = Files.copy(document, directory.resolve("SCALING.md"));
    List<String> arguments = new ArrayList<>(List.of("scaling"));
    for (String word : command.substring(COMMAND.length()).split(" ", -1)) {
      arguments.add(
          word.startsWith("bench/results/")
              ? root.resolve(word).toString()
              : word.replace("docs/SCALING.md", copy.toString()));
    }
    StringWriter said = new StringWriter();

    int exit =
        new CommandLine(new Main())
            .setOut(new PrintWriter(said, true))
            .setErr(new PrintWriter(said, true))
            .execute(arguments.toArray(new String[0]));

    assertThat(exit).as("%s", said).isZero();
    assertThat(Files.readString(copy))
        .as("run again: %s", command)
        .isEqualTo(Files.readString(document));
  }

  /// The tests of this module run in its directory or in the repository's.
  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("docs/SCALING.md")) ? here : here.resolve("..").normalize();
  }
}
