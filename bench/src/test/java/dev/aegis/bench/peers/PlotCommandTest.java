package dev.aegis.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PlotCommandTest {
  @TempDir private Path directory;

  private int plot(String content, StringWriter out) throws IOException {
    Path file = Files.writeString(directory.resolve("peers.json"), content);
    return new CommandLine(new PlotCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(out, true))
        .execute(file.toString(), "--out", directory.resolve("plots").toString());
  }

  @Test
  void drawsABarForEachSystemWithItsSpread() throws IOException {
    StringWriter out = new StringWriter();
    String trial =
        "{\"workload\":\"W1\",\"exercise\":\"best-effort, 8 to 8\",\"system\":\"%s\",\"round\":%d,"
            + "\"figures\":{\"messagesPerSecond\":%d,\"lost\":0}}";
    int exit =
        plot(
            "progress\n{\"kind\":\"peers\",\"trials\":["
                + String.join(
                    ",",
                    trial.formatted("aegis", 1, 100),
                    trial.formatted("aegis", 2, 200),
                    trial.formatted("nats", 1, 400),
                    "{\"workload\":\"W1\",\"system\":\"mosquitto\",\"failed\":\"it did not start\"}")
                + "]}\n",
            out);

    assertThat(exit).isZero();
    assertThat(out.toString().strip()).endsWith("w1.svg").doesNotContain("w2");
    assertThat(Files.readString(directory.resolve("plots/w1.svg")))
        .startsWith("<svg xmlns=")
        .contains(">W1 best-effort, 8 to 8: messages/s</text>")
        .contains(">150 (100 to 200)</text>", ">400</text>", "class=\"own\"")
        .doesNotContain("mosquitto", "p99");
  }

  @Test
  void saysThatAFileIsSomethingElse() throws IOException {
    StringWriter out = new StringWriter();
    assertThat(plot("{\"kind\":\"load\"}", out)).isNotZero();
    assertThat(out.toString()).contains("is not what bench peers --json prints");
  }
}
