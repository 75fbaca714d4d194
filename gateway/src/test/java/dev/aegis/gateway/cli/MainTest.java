package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import tools.jackson.databind.JsonNode;

class MainTest {
  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  @Test
  void serveDoesNotStartWithABadValue() {
    assertThat(run("serve", "--listen", "nowhere", "--data-dir", directory.resolve("d").toString()))
        .isEqualTo(ExitCode.CONFIGURATION)
        .isEqualTo(78);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            "aegis: listen: \"nowhere\" from --listen is not allowed; allowed: host:port, the port"
                + " 0 to 65535 (0: any free one)\n");
    assertThat(directory.resolve("d")).doesNotExist();
  }

  @Test
  void serveDoesNotStartWithABadFile() throws Exception {
    Path file = Files.writeString(directory.resolve("x.yaml"), "tls:\n  certifcate: a\n");
    assertThat(run("serve", "--config", file.toString())).isEqualTo(ExitCode.CONFIGURATION);
    assertThat(err.toString())
        .isEqualToNormalizingNewlines(
            "aegis: "
                + file
                + ":2 there is no setting tls.certifcate; did you mean tls.certificate?\n");
  }

  @Test
  void serveEndsAtOnceWhereItsOwnDatabaseDoesNotAnswer() {
    int code =
        run(
            "serve",
            "--listen=127.0.0.1:0",
            "--management-listen=127.0.0.1:0",
            "--data-dir=" + directory.resolve("d"),
            "--postgres-url=postgresql://me:geheim@127.0.0.1:1/nothing");
    assertThat(code).isEqualTo(ExitCode.DATABASE).isEqualTo(69);
    assertThat(err.toString())
        .contains("cannot open jdbc:postgresql://127.0.0.1:1/nothing")
        .contains("refused")
        .doesNotContain("geheim");
  }

  @Test
  void refusesAnUnknownFlag() {
    assertThat(run("serve", "--listn", "a:1")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("--listen");
  }

  @Test
  void configShowsWhatIsEffectiveAsJsonAndAsATable() {
    assertThat(
            run(
                "config",
                "--json",
                "--limits-hops=9",
                "--postgres-password=geheim",
                "--agents-open-enrolment"))
        .isZero();
    JsonNode rows = Json.parse(out.toString());
    JsonNode hops = row(rows, "limits.hops");
    assertThat(hops.path("value").asString()).isEqualTo("9");
    assertThat(hops.path("source").asString()).isEqualTo("flag");
    assertThat(hops.path("from").asString()).isEqualTo("--limits-hops");
    assertThat(hops.path("allowed").asString()).isEqualTo("1 to 255");
    assertThat(row(rows, "postgres.password").path("value").asString()).isEqualTo("***");
    assertThat(row(rows, "agents.open-enrolment").path("value").asString()).isEqualTo("true");
    assertThat(run("config", "--limits-hops=9")).isZero();
    assertThat(out.toString())
        .containsPattern("limits\\.hops +9 +--limits-hops +Most agents")
        .doesNotContain("geheim");
    assertThat(run("config", "--limits-hops=x")).isEqualTo(ExitCode.CONFIGURATION);
  }

  @Test
  void keygenPrintsJsonForScripts() {
    Path key = directory.resolve("a.key");
    assertThat(run("keygen", "--json", key.toString())).isZero();
    assertThat(Json.parse(out.toString()).path("public_key").asString()).hasSize(44);
    assertThat(run("keygen", key.toString())).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void aCommandForARunningGatewaySaysThatThereIsNone() {
    String dataDir = "--data-dir=" + directory;
    for (String[] command :
        List.of(
            new String[] {"status", dataDir},
            new String[] {"cluster", dataDir},
            new String[] {"agent", "list", dataDir},
            new String[] {"apikey", dataDir, "x"})) {
      assertThat(run(command)).isEqualTo(ExitCode.NOT_REACHABLE);
    }
    assertThat(err.toString()).contains("start one with ./aegis serve");
  }

  @Test
  void everyCommandExplainsItselfItsOptionsAndItsExitCodes() {
    Deque<CommandLine> open = new ArrayDeque<>(List.of(Main.commandLine()));
    List<String> seen = new ArrayList<>();
    while (!open.isEmpty()) {
      CommandLine command = open.pop();
      open.addAll(command.getSubcommands().values());
      seen.add(command.getCommandName());
      String help = command.getUsageMessage(CommandLine.Help.Ansi.OFF);
      assertThat(help)
          .contains("Exit codes: 0 done")
          .contains("3 gateway not reachable", "or it does not let the agent in")
          .contains("78 bad configuration");
      assertThat(command.getCommandSpec().usageMessage().description()).isNotEmpty();
      for (ArgSpec argument : command.getCommandSpec().args()) {
        assertThat(argument.description())
            .as("%s %s", command.getCommandName(), argument)
            .isNotEmpty();
      }
    }
    assertThat(seen)
        .contains(
            "serve", "config", "status", "cluster", "keygen", "apikey", "demo", "add", "token",
            "send");
  }

  private static JsonNode row(JsonNode rows, String key) {
    for (JsonNode row : rows) {
      if (row.path("key").asString().equals(key)) {
        return row;
      }
    }
    throw new AssertionError("no row " + key);
  }
}
