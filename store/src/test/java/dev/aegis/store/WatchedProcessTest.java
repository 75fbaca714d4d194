package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedProcessTest {
  @TempDir Path directory;

  @Test
  void stopsAServerThatLosesTheFirstSignal() throws Exception {
    WatchedProcess process =
        start(
            "n=0; trap 'n=$((n+1)); if [ $n = 2 ]; then touch ended; exit; fi' TERM; touch up;"
                + " while :; do sleep 0.1; done");
    await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(directory.resolve("up")));
    assertThat(process.alive()).isTrue();
    process.stop();
    assertThat(process.alive()).isFalse();
    assertThat(directory.resolve("ended")).as("it was not killed").exists();
  }

  @Test
  void endsWithItsServer() throws Exception {
    WatchedProcess process = start("exit 3");
    process.awaitEnd();
    assertThat(process.alive()).isFalse();
  }

  private WatchedProcess start(String server) throws Exception {
    List<String> command = new ArrayList<>(WatchedProcess.watcher("TERM", "server"));
    command.addAll(List.of("sh", "-c", server));
    return WatchedProcess.start(
        "server",
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD));
  }
}
