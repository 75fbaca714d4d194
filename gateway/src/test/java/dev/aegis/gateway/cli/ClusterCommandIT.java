package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.gateway.TestCluster;
import dev.aegis.gateway.TestGateway;
import dev.aegis.gateway.http.Json;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The command `cluster` against whole gateways.
class ClusterCommandIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();

  @Test
  void showsTheNodesAndOneThatStoppedNoMore() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
        EmbeddedRedis redis =
            EmbeddedRedis.start(directory.resolve("redis"), directory.resolve("binaries"))) {
      TestCluster cluster = new TestCluster(directory, postgres, redis.url());
      try (TestGateway _ = cluster.node("one")) {
        TestGateway two = cluster.node("two");
        await().atMost(PATIENCE).until(() -> cluster("one").path("nodes").size() == 2);
        assertThat(run("one")).isEqualTo(ExitCode.OK);
        List<String> lines = out.toString().lines().toList();
        assertThat(lines.getFirst()).matches("ID +NODE +SILENT MS +MAILBOXES +WANTED");
        assertThat(lines)
            .anyMatch(line -> line.matches("\\d+ +one +\\d+ +0 +0 +this one"))
            .anyMatch(line -> line.matches("\\d+ +two +\\d+ +0 +0"))
            .contains("mailboxes of nobody: 0")
            .contains("this node: sure of its mailboxes, 0 messages on their way to owners")
            .anyMatch(line -> line.startsWith("Redis: up; sent "));
        two.close();
        await().atMost(PATIENCE).until(() -> cluster("one").path("nodes").size() == 1);
      }
    }
  }

  @Test
  void aGatewayAloneSaysSo() throws Exception {
    try (TestGateway _ = new TestGateway(directory.resolve("alone"))) {
      assertThat(run("alone")).isEqualTo(ExitCode.OK);
      assertThat(out.toString())
          .isEqualToNormalizingNewlines(
              "this gateway is alone: it was started without redis.url\n");
      assertThat(cluster("alone").path("member").asBoolean()).isFalse();
    }
  }

  private JsonNode cluster(String dataDir) {
    assertThat(run(dataDir, "--json")).isEqualTo(ExitCode.OK);
    return Json.parse(out.toString());
  }

  private int run(String dataDir, String... more) {
    out.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of(more));
    all.addAll(0, List.of("cluster", "--data-dir=" + directory.resolve(dataDir)));
    return Main.commandLine().setOut(new PrintWriter(out)).execute(all.toArray(String[]::new));
  }
}
