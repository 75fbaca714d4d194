package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RedisIT {
  private static final Path BINARIES = Path.of("target", "redis-binaries");

  @Test
  void answersWhoeverHasThePasswordAndNobodyElse() throws IOException {
    try (EmbeddedRedis server = EmbeddedRedis.start(freshHome(), BINARIES)) {
      try (Connected redis = new Connected(server.url())) {
        assertThat(redis.commands().ping()).isEqualTo("PONG");
        assertThat(redis.commands().configGet("bind")).containsEntry("bind", "127.0.0.1");
        assertThat(redis.commands().info("server")).contains("redis_version:7.0.15");
      }
      assertThatThrownBy(() -> new Connected("redis://127.0.0.1:" + server.port()).close())
          .isInstanceOfAny(RedisConnectionException.class, RedisCommandExecutionException.class)
          .hasStackTraceContaining("NOAUTH");
    }
  }

  @Test
  void keepsWhatItAcknowledgedWhenItIsKilled() throws IOException {
    try (EmbeddedRedis server = EmbeddedRedis.start(freshHome(), BINARIES)) {
      for (int round = 0; round < 3; round++) {
        String key = "round:" + round;
        try (Connected redis = new Connected(server.url())) {
          assertThat(redis.commands().rpush(key, "a", "b", "c")).isEqualTo(3);
        }
        long killed = server.server().pid();
        server.kill();
        assertThat(server.alive()).isFalse();
        assertThat(ProcessHandle.of(killed).filter(ProcessHandle::isAlive)).isEmpty();

        int port = server.port();
        server.restart();

        assertThat(server.port()).isEqualTo(port);
        try (Connected redis = new Connected(server.url())) {
          for (int earlier = 0; earlier <= round; earlier++) {
            assertThat(redis.commands().lrange("round:" + earlier, 0, -1))
                .containsExactly("a", "b", "c");
          }
        }
      }
    }
  }

  @Test
  void stopsInOrderAndComesBackOverItsDirectory() throws IOException {
    Path home = freshHome();
    ProcessHandle first;
    try (EmbeddedRedis server = EmbeddedRedis.start(home, BINARIES);
        Connected redis = new Connected(server.url())) {
      first = server.server();
      redis.commands().set("k", "v");
    }
    assertThat(first.isAlive()).isFalse();
    assertThat(home.resolve("redis.pid")).doesNotExist();
    try (EmbeddedRedis server = EmbeddedRedis.start(home, BINARIES);
        Connected redis = new Connected(server.url())) {
      assertThat(redis.commands().get("k")).isEqualTo("v");
    }
  }

  @Test
  void leavesNoOrphanBehindAKilledJvm() throws Exception {
    Path home = freshHome();
    Process owner =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                StartAndWait.class.getName(),
                home.toString(),
                BINARIES.toString())
            .inheritIO()
            .start();
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> Files.exists(home.resolve("up")) || !owner.isAlive());
      assertThat(owner.isAlive()).isTrue();
      long server = Long.parseLong(Files.readString(home.resolve("redis.pid")).strip());
      assertThat(ProcessHandle.of(server).filter(ProcessHandle::isAlive)).isPresent();

      assertThat(owner.destroyForcibly().waitFor(10, TimeUnit.SECONDS)).isTrue();

      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> ProcessHandle.of(server).filter(ProcessHandle::isAlive).isEmpty());
    } finally {
      owner.destroyForcibly();
    }
  }

  /// The JVM to be killed.
  static final class StartAndWait {
    private StartAndWait() {}

    public static void main(String[] arguments) throws Exception {
      Path home = Path.of(arguments[0]);
      try (EmbeddedRedis _ = EmbeddedRedis.start(home, Path.of(arguments[1]))) {
        Files.createFile(home.resolve("up"));
        new CountDownLatch(1).await();
      }
    }
  }

  private static Path freshHome() throws IOException {
    return Files.createTempDirectory(Files.createDirectories(Path.of("target")), "redis");
  }

  private static final class Connected implements AutoCloseable {
    private final RedisClient client;
    private final RedisCommands<String, String> commands;

    Connected(String url) {
      client = RedisClient.create(url);
      boolean connected = false;
      try {
        commands = client.connect().sync();
        commands.ping();
        connected = true;
      } finally {
        if (!connected) {
          client.shutdown();
        }
      }
    }

    RedisCommands<String, String> commands() {
      return commands;
    }

    @Override
    public void close() {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }
}
