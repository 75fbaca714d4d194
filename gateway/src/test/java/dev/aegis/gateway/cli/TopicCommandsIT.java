package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.ClientOptions;
import dev.aegis.client.Identity;
import dev.aegis.gateway.TestGateway;
import dev.aegis.gateway.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Topics from the command line, against a whole gateway.
class TopicCommandsIT {
  @TempDir static Path directory;
  private static TestGateway gateway;

  /// What a command came to.
  private record Result(int exitCode, String out, String err) {}

  @BeforeAll
  static void start() throws Exception {
    gateway = new TestGateway(directory.resolve("gw"));
    for (String agent : List.of("alice", "bob", "carol")) {
      ClientOptions options = gateway.enrol(agent);
      Identity.save(options.identity(), key(agent));
    }
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void listenHearsWhatIsSentToItsTopics() throws Exception {
    CompletableFuture<Result> listening =
        listen("bob", "--topic", "task.*", "--filter", "type=order", "--count", "1", "--json");
    await().untilAsserted(() -> assertThat(subscriptions("subscriptions")).isEqualTo(1));
    assertThat(send("--topic", "task.created", "--type", "note", "not this").exitCode).isZero();
    assertThat(send("--topic", "task.created", "--type", "order", "hello").exitCode).isZero();

    Result heard = listening.get(30, TimeUnit.SECONDS);
    assertThat(heard.exitCode).as(heard.err).isZero();
    JsonNode line = Json.parse(heard.out);
    assertThat(line.path("topic").asString()).isEqualTo("task.created");
    assertThat(line.path("text").asString()).isEqualTo("hello");
    assertThat(line.path("from").asString()).isEqualTo("alice");
  }

  @Test
  void aDurableListenerHearsWhatItMissedUntilItForgets() throws Exception {
    CompletableFuture<Result> first = listen("carol", "--topic", "kept", "--durable", "--count=1");
    await().untilAsserted(() -> assertThat(subscriptions("durableSubscriptions")).isEqualTo(1));
    assertThat(send("--topic=kept", "--guarantee=at-least-once", "one").exitCode).isZero();
    assertThat(first.get(30, TimeUnit.SECONDS).out).contains("kept task: one");
    assertThat(send("--topic=kept", "--guarantee=at-least-once", "two").exitCode).isZero();

    Result second =
        listen("carol", "--topic", "kept", "--durable", "--count=1", "--forget")
            .get(30, TimeUnit.SECONDS);
    assertThat(second.out).contains("kept task: two");
    await().untilAsserted(() -> assertThat(subscriptions("durableSubscriptions")).isZero());
  }

  @Test
  void whatOthersSayIsNoCommandToATerminal() throws Exception {
    String words = "a\033[2Jb\tc\nd";
    try {
      System.setProperty(RawOption.TERMINAL, "true");
      assertThat(heard(words)).contains("task: a\uFFFD[2Jb\tc\nd");
      assertThat(heard(words, "--raw")).contains("task: " + words);
      System.setProperty(RawOption.TERMINAL, "false");
      assertThat(heard(words)).contains("task: " + words);
    } finally {
      System.clearProperty(RawOption.TERMINAL);
    }
  }

  private static String heard(String words, String... options) throws Exception {
    List<String> all = new ArrayList<>(List.of("--topic=told", "--count=1"));
    Collections.addAll(all, options);
    await().untilAsserted(() -> assertThat(subscriptions("subscriptions")).isZero());
    CompletableFuture<Result> listening = listen("bob", all.toArray(String[]::new));
    await().untilAsserted(() -> assertThat(subscriptions("subscriptions")).isEqualTo(1));
    assertThat(send("--topic=told", words).exitCode).isZero();
    return listening.get(30, TimeUnit.SECONDS).out;
  }

  @Test
  void saysWhatIsWrong() {
    assertThat(send("--topic", "a..b", "x").err).contains("invalid-field");
    assertThat(send("--topic", "a", "bob", "x").err).contains("give TO and TEXT");
    assertThat(send("x").err).contains("give TO and TEXT");
    assertThat(run("bob", "listen", "--durable").err).contains("need --topic");
    assertThat(run("bob", "listen", "--topic", "a..b").err).contains("pattern");
  }

  private static CompletableFuture<Result> listen(String agent, String... arguments) {
    List<String> all = new ArrayList<>(List.of("listen"));
    Collections.addAll(all, arguments);
    return CompletableFuture.supplyAsync(() -> run(agent, all.toArray(String[]::new)));
  }

  private static Result send(String... arguments) {
    List<String> all = new ArrayList<>(List.of("send"));
    Collections.addAll(all, arguments);
    return run("alice", all.toArray(String[]::new));
  }

  private static Result run(String agent, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(
        1,
        List.of(
            "--as=" + agent,
            "--key=" + key(agent),
            "--data-dir=" + directory.resolve("gw"),
            "--url=wss://localhost:" + gateway.port() + "/ws/agent"));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(all.toArray(String[]::new));
    return new Result(exitCode, out.toString(), err.toString());
  }

  private static Path key(String agent) {
    return directory.resolve(agent + ".key");
  }

  private static int subscriptions(String field) throws Exception {
    return Json.parse(gateway.admin("GET", "/status", null).body()).path(field).asInt();
  }
}
