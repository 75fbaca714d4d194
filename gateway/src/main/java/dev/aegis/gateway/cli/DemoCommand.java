package dev.aegis.gateway.cli;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.Identity;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.crypto.SigningKey;
import dev.aegis.gateway.Gateway;
import dev.aegis.gateway.config.ConfigurationException;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Two agents exchange messages of every guarantee and priority; one goes away and comes back.",
      "Uses the gateway of --data-dir, or starts one for the occasion."
    })
final class DemoCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Mixin DataDirOption data = new DataDirOption();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  private final Map<String, CompletableFuture<Long>> arrivals = new ConcurrentHashMap<>();
  private int failures;

  @Override
  public Integer call() throws Exception {
    AdminClient running = reachable();
    if (running != null) {
      run(running, data.path(), gatewayUrl(running));
      return failures == 0 ? ExitCode.OK : ExitCode.FAILED;
    }
    spec.commandLine().getErr().println("no gateway is running here: starting one for the demo");
    Path directory = Files.createTempDirectory("aegis-demo");
    try (Gateway gateway =
        Gateway.start(
            new GatewayConfig(
                directory,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                null,
                null))) {
      run(
          AdminClient.of(directory),
          directory,
          URI.create("wss://localhost:" + gateway.address().getPort() + "/ws/agent"));
    } finally {
      delete(directory);
    }
    return failures == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  private void run(AdminClient admin, Path dataDir, URI url) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    String suffix = "-" + Long.toString(System.currentTimeMillis(), 36);
    ClientOptions alice = enrol(admin, dataDir, url, "demo-alice" + suffix);
    ClientOptions bob = enrol(admin, dataDir, url, "demo-bob" + suffix);
    out.printf("%-44s %-10s %12s%n", "message", "outcome", "latency");
    try (AegisClient sender = AegisClient.connect(alice)) {
      try (AegisClient _ = AegisClient.connect(bob, this::receive)) {
        for (Guarantee guarantee : Guarantee.values()) {
          for (Priority priority : Priority.values()) {
            deliver(out, sender, bob.agentId(), guarantee, priority);
          }
        }
        long began = System.nanoTime();
        Await.result(
            sender.request(OutgoingMessage.text(bob.agentId(), "echo", "ping")),
            PATIENCE,
            "no response");
        line(out, "request and response", "answered", began);
      }
      Map<Priority, Sent> waiting = new LinkedHashMap<>();
      for (Priority priority : Priority.values()) {
        String text = "while away, " + priority.label();
        arrivals.put(text, new CompletableFuture<>());
        Sent sent =
            sender.send(
                OutgoingMessage.text(bob.agentId(), "task", text)
                    .withPriority(priority)
                    .withGuarantee(Guarantee.AT_LEAST_ONCE));
        Await.result(sent.accepted(), PATIENCE, "not stored");
        waiting.put(priority, sent);
      }
      out.println("-- bob is away, four messages are stored; bob comes back --");
      long back = System.nanoTime();
      try (AegisClient _ = AegisClient.connect(bob, this::receive)) {
        for (Map.Entry<Priority, Sent> entry : waiting.entrySet()) {
          outcome(out, "while away, " + entry.getKey().label(), back);
          Await.result(entry.getValue().processed(), PATIENCE, "no processed-receipt");
        }
      }
    }
    admin.delete("/admin/agents/" + alice.agentId());
    admin.delete("/admin/agents/" + bob.agentId());
    out.println(failures == 0 ? "every line delivered" : failures + " lines NOT delivered");
  }

  private void deliver(
      PrintWriter out, AegisClient sender, String to, Guarantee guarantee, Priority priority)
      throws IOException {
    String text = guarantee.label() + ", " + priority.label();
    arrivals.put(text, new CompletableFuture<>());
    long began = System.nanoTime();
    Sent sent =
        sender.send(
            OutgoingMessage.text(to, "task", text).withGuarantee(guarantee).withPriority(priority));
    Await.result(sent.accepted(), PATIENCE, "not accepted");
    outcome(out, text, began);
    if (guarantee.isDurable()) {
      Await.result(sent.processed(), PATIENCE, "no processed-receipt");
    }
  }

  private void receive(AegisClient client) {
    client.on(
        "*",
        message -> {
          CompletableFuture<Long> arrival = arrivals.get(message.text());
          if (arrival != null) {
            arrival.complete(System.nanoTime());
          }
        });
    client.onRequest("echo", request -> request.payload());
  }

  private void outcome(PrintWriter out, String text, long began) {
    CompletableFuture<Long> arrival = arrivals.getOrDefault(text, new CompletableFuture<>());
    try {
      long at = Await.result(arrival, PATIENCE, text);
      out.printf("%-44s %-10s %9.1f ms%n", text, "delivered", (at - began) / 1e6);
    } catch (IOException e) {
      failures++;
      out.printf("%-44s %-10s%n", text, "MISSING");
    }
    out.flush();
  }

  private static void line(PrintWriter out, String text, String outcome, long began) {
    out.printf("%-44s %-10s %9.1f ms%n", text, outcome, (System.nanoTime() - began) / 1e6);
  }

  private static ClientOptions enrol(AdminClient admin, Path dataDir, URI url, String agent)
      throws IOException {
    SigningKey key = Identity.generate(new SecureRandom());
    admin.post(
        "/admin/agents", Map.of("agent_id", agent, "public_key", key.verifyingKey().toString()));
    return ClientOptions.of(
        url,
        agent,
        key,
        Identity.publicKey(Files.readString(DataDirectory.publicKeyFile(dataDir))));
  }

  private @Nullable AdminClient reachable() throws IOException, ConfigurationException {
    try {
      AdminClient admin = AdminClient.of(data.path());
      admin.get("/livez");
      return admin;
    } catch (NotReachableException e) {
      return null;
    }
  }

  private static URI gatewayUrl(AdminClient admin) throws IOException {
    String listen =
        dev.aegis.gateway.http.Json.parse(admin.get("/status")).path("listen").asString();
    return URI.create(
        "wss://localhost:" + listen.substring(listen.lastIndexOf(':') + 1) + "/ws/agent");
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
