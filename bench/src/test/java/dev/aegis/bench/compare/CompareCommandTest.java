package dev.aegis.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.bench.Main;
import dev.aegis.bench.report.Git;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CompareCommandTest {
  @TempDir Path directory;

  /// A repository whose `aegis` says what a benchmark says.
  private String commit(String script) throws IOException {
    Path file = directory.resolve("aegis");
    Files.writeString(file, "#!/bin/sh\n" + script);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    Git.output(directory, "init", "--quiet");
    Git.output(directory, "add", "aegis");
    Git.output(
        directory,
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@localhost",
        "commit",
        "--quiet",
        "--message=one");
    return Git.output(directory, "rev-parse", "HEAD").orElseThrow();
  }

  @Test
  void measuresACommitInADirectoryOfItsOwnAndRemovesIt() throws Exception {
    String commit =
        commit(
            "echo progress >&2; echo table; echo \"{\\\"p50Micros\\\":7.5,\\\"sent\\\":3,\\\"a\\\":\\\"$*\\\"}\"");
    Files.writeString(directory.resolve("aegis"), "#!/bin/sh\necho '{\"p50Micros\":9}'");

    Tree before = Tree.of(directory, commit, "");
    assertThat(before.name()).isEqualTo(commit.substring(0, 12));
    assertThat(before.measure(List.of("load"))).isEqualTo(Map.of("p50Micros", 7.5));
    Tree now = Tree.working(directory, "now", "");
    assertThat(now.measure(List.of("load"))).isEqualTo(Map.of("p50Micros", 9.0));
    before.close();
    now.close();

    assertThat(Files.exists(directory.resolve("aegis"))).isTrue();
    assertThatThrownBy(() -> before.measure(List.of("load"))).isInstanceOf(IOException.class);
  }

  @Test
  void measuresEachWithOptionsOfItsOwn() throws Exception {
    String commit = commit("[ \"$*\" = 'bench load --a --json' ] && echo '{\"p50Micros\":1}'");

    try (Tree before = Tree.of(directory, commit, "--a");
        Tree now = Tree.working(directory, "now", "--b")) {
      assertThat(before.name()).endsWith(" --a");
      assertThat(before.measure(List.of("load"))).isEqualTo(Map.of("p50Micros", 1.0));
      assertThatThrownBy(() -> now.measure(List.of("load"))).hasMessageContaining("now --b");
    }
  }

  @Test
  void aBenchmarkThatFailsSaysWhy() throws Exception {
    try (Tree tree = Tree.of(directory, commit("echo 'no such option' >&2; exit 2"), "")) {
      assertThatThrownBy(() -> tree.measure(List.of("load", "--fast")))
          .hasMessageContaining("load --fast")
          .hasMessageContaining("ended with 2")
          .hasMessageContaining("no such option");
    }
  }

  @Test
  void aCommitThatIsNotThereIsWrongUsage() {
    StringWriter said = new StringWriter();
    CommandLine line = new CommandLine(new Main());
    line.setErr(new PrintWriter(said));

    assertThat(line.execute("compare", "no-such-revision")).isEqualTo(2);
    assertThat(said.toString()).contains("git knows no commit no-such-revision");
  }
}
