package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.Identity;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import dev.aegis.gateway.cli.Main;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.gateway.http.ExportCheck;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Guarantee;
import dev.aegis.store.audit.TrailVerifier;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A gateway in a process of its own is killed with SIGKILL in mid-stream, again and again, while a
/// sender goes on.
class CrashIT {
  private static final int ROUNDS = 4;
  private static final int MESSAGES_PER_ROUND = 1_500;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  @Test
  void whatHadItsReceiptIsDeliveredAfterEveryKill() throws Exception {
    int port = freePort();
    Process gateway = start(port);
    try {
      ClientOptions sender = enrol(port, "crash-sender");
      ClientOptions receiver = enrol(port, "crash-receiver");
      Set<UUID> promised = ConcurrentHashMap.newKeySet();
      List<Sent> all = new ArrayList<>();
      try (AegisClient client = AegisClient.connect(sender)) {
        for (int round = 0; round < ROUNDS; round++) {
          int before = promised.size();
          for (int i = 0; i < MESSAGES_PER_ROUND; i++) {
            Sent sent =
                client.send(
                    OutgoingMessage.text("crash-receiver", "task", round + "/" + i)
                        .withGuarantee(
                            i % 2 == 0 ? Guarantee.AT_LEAST_ONCE : Guarantee.EXACTLY_ONCE));
            sent.accepted().thenRun(() -> promised.add(sent.id()));
            all.add(sent);
          }
          await().atMost(PATIENCE).until(() -> promised.size() > before + 50);
          gateway.destroyForcibly().waitFor();
          gateway = start(port);
        }
        for (Sent sent : all) {
          sent.accepted().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
      }
      Map<UUID, AtomicInteger> handled = new ConcurrentHashMap<>();
      Set<UUID> exactlyOnce = ConcurrentHashMap.newKeySet();
      try (AegisClient _ =
          AegisClient.connect(
              receiver,
              c ->
                  c.on(
                      "*",
                      m -> {
                        handled
                            .computeIfAbsent(m.message().id(), _ -> new AtomicInteger())
                            .incrementAndGet();
                        if (m.message().guarantee() == Guarantee.EXACTLY_ONCE) {
                          exactlyOnce.add(m.message().id());
                        }
                      }))) {
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertThat(handled.keySet()).containsAll(promised));
      }
      assertThat(promised).hasSize(ROUNDS * MESSAGES_PER_ROUND);
      Map<UUID, Integer> twice = new HashMap<>();
      for (UUID id : new HashSet<>(exactlyOnce)) {
        int times = handled.getOrDefault(id, new AtomicInteger()).get();
        if (times != 1) {
          twice.put(id, times);
        }
      }
      assertThat(twice).isEmpty();
      assertTrailIsWhole(promised);
    } finally {
      gateway.destroy(); // the orderly end, so that the embedded database is stopped too
      assertThat(gateway.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  /// What was accepted is in the audit trail once, and nothing of the trail is missing.
  private void assertTrailIsWhole(Set<UUID> promised) throws Exception {
    StringBuilder export = new StringBuilder();
    String cursor = "";
    do {
      HttpResponse<String> part = admin("GET", "/admin/audit/export" + cursor, null);
      export.append(part.body());
      cursor = part.headers().firstValue("Aegis-Next-Cursor").map(c -> "?cursor=" + c).orElse("");
    } while (!cursor.isEmpty());
    TrailVerifier.Result result =
        ExportCheck.run(
            new BufferedReader(new StringReader(export.toString())),
            Primitives.select().ed25519(),
            Set.of(Identity.publicKey(Files.readString(DataDirectory.publicKeyFile(directory)))));
    assertThat(result.problems()).isEmpty();
    Map<UUID, Integer> accepted = new HashMap<>();
    for (String line : export.toString().lines().toList()) {
      JsonNode entry = Json.parse(line);
      if (entry.path("event").asString("").equals("accepted")) {
        accepted.merge(UUID.fromString(entry.path("message_id").asString()), 1, Integer::sum);
      }
    }
    assertThat(accepted.keySet()).containsAll(promised);
    assertThat(accepted.values()).containsOnly(1);
  }

  private Process start(int port) throws IOException {
    Files.deleteIfExists(DataDirectory.managementFile(directory));
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--listen",
                "127.0.0.1:" + port,
                "--management-listen",
                "127.0.0.1:0",
                "--data-dir",
                directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(Path.of("target", "crash-gateway.log").toFile()))
            .start();
    await()
        .atMost(PATIENCE)
        .until(() -> {
          assertThat(process.isAlive())
              .as("the gateway runs, see target/crash-gateway.log")
              .isTrue();
          return Files.exists(DataDirectory.managementFile(directory));
        });
    return process;
  }

  private ClientOptions enrol(int port, String agent) throws Exception {
    SigningKey key = Identity.generate(new SecureRandom());
    HttpResponse<String> reply =
        admin(
            "POST",
            "/admin/agents",
            Json.write(Map.of("agent_id", agent, "public_key", key.verifyingKey().toString())));
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(201);
    return ClientOptions.of(
            URI.create("wss://localhost:" + port + "/ws/agent"),
            agent,
            key,
            Identity.publicKey(Files.readString(DataDirectory.publicKeyFile(directory))))
        .withTimeouts(PATIENCE, PATIENCE);
  }

  private HttpResponse<String> admin(String method, String path, @Nullable String body)
      throws Exception {
    String base = Files.readString(DataDirectory.managementFile(directory)).strip();
    String token = Files.readString(DataDirectory.adminTokenFile(directory)).strip();
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(base + path))
                .header("Authorization", "Bearer " + token)
                .method(
                    method,
                    body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
