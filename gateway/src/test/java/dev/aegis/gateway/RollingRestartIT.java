package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.RefusedException;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.EmbeddedRedis;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three nodes are stopped and started again, one after the other, while agents go on.
class RollingRestartIT {
  private static final int NODES = 3;
  private static final int PAIRS = 3;
  private static final int SENDERS_OF_ONE = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  /// What "seconds" are, on a machine that does other things as well.
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

  @TempDir Path directory;
  private final Uuid7 ids = new Uuid7(Clock.systemUTC(), new SecureRandom());
  private final Set<UUID> promised = ConcurrentHashMap.newKeySet();
  private final Map<UUID, AtomicInteger> handled = new ConcurrentHashMap<>();
  private final Set<UUID> exactlyOnce = ConcurrentHashMap.newKeySet();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong longestNanos = new AtomicLong();
  private final AtomicBoolean stop = new AtomicBoolean();

  @Test
  void noMessageIsLostAndNobodyWaitsForLong() throws Exception {
    List<TestGateway> nodes = new ArrayList<>();
    List<AegisClient> agents = new ArrayList<>();
    List<Thread> sending = new ArrayList<>();
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"));
        EmbeddedRedis redis =
            EmbeddedRedis.start(directory.resolve("redis"), directory.resolve("binaries"))) {
      try {
        TestCluster cluster = new TestCluster(directory, postgres, redis.url());
        for (int i = 0; i < NODES; i++) {
          nodes.add(cluster.node("n" + i, GatewayProcess.freePort()));
        }
        List<URI> urls =
            nodes.stream()
                .map(node -> URI.create("wss://localhost:" + node.port() + "/ws/agent"))
                .toList();
        for (int i = 0; i < PAIRS; i++) {
          ClientOptions to = nodes.getFirst().enrol("roll-to-" + i).withGateways(urls);
          agents.add(AegisClient.connect(to, c -> c.on("*", m -> handled(m.message().id()))));
          AegisClient from =
              AegisClient.connect(nodes.getFirst().enrol("roll-from-" + i).withGateways(urls));
          agents.add(from);
          String recipient = "roll-to-" + i;
          for (int j = 0; j < SENDERS_OF_ONE; j++) {
            sending.add(Thread.ofVirtual().start(() -> send(from, recipient)));
          }
        }
        awaitMore();
        for (TestGateway node : nodes) {
          node.restart();
          awaitMore();
        }
        stop.set(true);
        for (Thread thread : sending) {
          assertThat(thread.join(PATIENCE)).isTrue();
        }
        assertThat(failures).isEmpty();
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertThat(handled.keySet()).containsAll(promised));
        assertThat(exactlyOnce)
            .isNotEmpty()
            .allSatisfy(
                id -> assertThat(handled.getOrDefault(id, new AtomicInteger()).get()).isEqualTo(1));
        assertThat(Duration.ofNanos(longestNanos.get())).isLessThan(LONGEST_WAIT);
      } finally {
        stop.set(true);
        agents.forEach(AegisClient::close);
        nodes.forEach(TestGateway::close);
      }
    }
  }

  private void handled(UUID id) {
    handled.computeIfAbsent(id, _ -> new AtomicInteger()).incrementAndGet();
  }

  /// Every pair gets something through.
  private void awaitMore() {
    int before = promised.size();
    await().atMost(PATIENCE).until(() -> promised.size() >= before + 100);
  }

  /// One message after the other; what is refused for the moment is sent again under its id.
  private void send(AegisClient from, String to) {
    boolean once = false;
    try {
      while (!stop.get()) {
        UUID id = ids.next();
        once = !once;
        OutgoingMessage message =
            OutgoingMessage.text(to, "note", "x")
                .withGuarantee(once ? Guarantee.EXACTLY_ONCE : Guarantee.AT_LEAST_ONCE);
        long began = System.nanoTime();
        while (!accepted(from, id, message)) {
          assertThat(System.nanoTime() - began).isLessThan(PATIENCE.toNanos());
        }
        longestNanos.accumulateAndGet(System.nanoTime() - began, Math::max);
        promised.add(id);
        if (once) {
          exactlyOnce.add(id);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception | AssertionError e) {
      failures.add(e);
    }
  }

  private static boolean accepted(AegisClient from, UUID id, OutgoingMessage message)
      throws Exception {
    try {
      from.send(id, message).accepted().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RefusedException refused && !refused.retryAfter().isZero()) {
        LockSupport.parkNanos(refused.retryAfter().toNanos());
        return false;
      }
      throw e;
    }
  }
}
