package dev.aegis.bench.chaos;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.Identity;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;

/// Every process of a crash test, over one directory: gateways with what they need, processes of
/// senders, processes of receivers. None outlives this one. Confined to one thread.
final class Processes implements AutoCloseable {
  private static final Duration STOP = Duration.ofMinutes(1);

  private final Path home;
  private final ChaosPlan plan;
  private final Servers servers;
  private final Map<Victim, List<Supervised>> agents = new EnumMap<>(Victim.class);
  private final Thread onExit = Thread.ofPlatform().name("chaos-kill-all").unstarted(this::destroy);

  private Processes(ChaosPlan plan, Path home, Servers servers) {
    this.plan = plan;
    this.home = home;
    this.servers = servers;
    Runtime.getRuntime().addShutdownHook(onExit);
  }

  /// Starts the gateways, enrols the agents and starts their processes.
  static Processes start(ChaosPlan plan, Path home) throws IOException, InterruptedException {
    Random random = new Random(plan.seed());
    Servers servers =
        plan.nodes() == 1
            ? new OneGateway(home, Ports.free(random))
            : GatewayCluster.start(plan.nodes(), home, random);
    Processes processes = new Processes(plan, home, servers);
    boolean usable = false;
    try {
      processes.begin();
      usable = true;
      return processes;
    } finally {
      if (!usable) {
        processes.close();
      }
    }
  }

  private void begin() throws IOException, InterruptedException {
    GatewayAccess access = servers.begin();
    Path keys = Files.createDirectories(home.resolve("keys"));
    String gatewayKey = "";
    List<String> all = new ArrayList<>(plan.allSenders());
    all.addAll(plan.allReceivers());
    for (String agent : all) {
      ClientOptions options = access.enrol(agent);
      Identity.save(options.identity(), keys.resolve(agent + ".key"));
      gatewayKey = options.gatewayKey().toString();
    }
    long now = System.nanoTime();
    Random seeds = new Random(plan.seed());
    agents.put(Victim.RECEIVER, new ArrayList<>());
    agents.put(Victim.SENDER, new ArrayList<>());
    for (int i = 0; i < plan.receivers(); i++) {
      add(Victim.RECEIVER, i, seeds.nextLong(), gatewayKey, now);
    }
    for (int i = 0; i < plan.senders(); i++) {
      add(Victim.SENDER, i, seeds.nextLong(), gatewayKey, now);
    }
  }

  private void add(Victim kind, int process, long seed, String gatewayKey, long nowNanos) {
    boolean sends = kind == Victim.SENDER;
    String name = kind.label() + "-" + process;
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1", // it starts often and lives for seconds
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            AgentMain.class.getName(),
            "--role=" + (sends ? AgentMain.Role.SENDER : AgentMain.Role.RECEIVER),
            "--urls=" + urls(),
            "--gateway-key=" + gatewayKey,
            "--keys=" + home.resolve("keys"),
            "--ledger=" + ledger(kind, process),
            "--agents="
                + String.join(
                    ",", sends ? plan.senderAgents(process) : plan.receiverAgents(process)),
            "--recipients=" + String.join(",", plan.allReceivers()),
            "--per-second=" + plan.perSecond() / plan.allSenders().size());
    Supervised.Start start =
        life -> {
          List<String> withSeed = new ArrayList<>(command);
          withSeed.add("--seed=" + (seed + life));
          return new ProcessBuilder(withSeed)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()))
              .start();
        };
    agents.getOrDefault(kind, List.of()).add(new Supervised(name, start, nowNanos));
  }

  private String urls() {
    return servers.urls().stream().map(URI::toString).collect(Collectors.joining(","));
  }

  private Path log(String name) {
    return home.resolve(name + ".log");
  }

  private Path ledger(Victim kind, int process) {
    return home.resolve(kind.label() + "-" + process + ".ledger");
  }

  LedgerFiles ledgers() {
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < plan.senders(); i++) {
      files.add(ledger(Victim.SENDER, i));
    }
    for (int i = 0; i < plan.receivers(); i++) {
      files.add(ledger(Victim.RECEIVER, i));
    }
    return new LedgerFiles(files);
  }

  /// Starts what is to be started.
  void tick(long nowNanos) throws IOException {
    servers.tick(nowNanos);
    for (Supervised each : all()) {
      each.tick(nowNanos);
    }
  }

  /// @return what was done; empty when it is down just now, or there is nothing to cut
  Optional<String> kill(KillSchedule.Kill kill, long nowNanos) throws IOException {
    return switch (kill.victim()) {
      case GATEWAY,
          GATEWAY_PAUSED,
          DATABASE,
          REDIS,
          REDIS_FLUSHED,
          REDIS_FAILOVER,
          AGENTS_CUT,
          DATABASE_CUT,
          REDIS_CUT ->
          servers.kill(kill, nowNanos);
      case SENDER, RECEIVER ->
          agents(kill.victim()).get(kill.process()).kill(nowNanos, kill.downNanos())
              ? Optional.of(kill.away())
              : Optional.empty();
    };
  }

  /// How many connections were cut, by how.
  Map<Cut, Long> connectionsCut() {
    return servers.connectionsCut();
  }

  /// Processes of agents.
  ///
  /// @param kind senders or receivers
  List<Supervised> agents(Victim kind) {
    return agents.getOrDefault(kind, List.of());
  }

  List<Supervised> all() {
    List<Supervised> all = new ArrayList<>(servers.gateways());
    agents.values().forEach(all::addAll);
    return all;
  }

  /// Has everything started again at once.
  void hurry(long nowNanos) throws IOException {
    servers.hurry();
    all().forEach(each -> each.hurry(nowNanos));
  }

  /// An orderly end of the gateways.
  ///
  /// @return whether it came in time
  boolean stopServers() throws IOException, InterruptedException {
    return servers.stop(STOP);
  }

  private void destroy() {
    all().forEach(Supervised::destroy);
  }

  @Override
  public void close() throws IOException {
    destroy();
    try {
      servers.hurry(); // what stands still does not end
      for (Supervised each : all()) {
        each.stop(STOP);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // they are killed; only seeing them gone is left out
    } finally {
      servers.close();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(onExit);
    } catch (IllegalStateException _) {
      // This JVM is ending: the hook runs, and finds nothing left to do.
    }
  }

  /// The last lines of a process's log.
  String tail(Supervised process, int lines) throws IOException {
    List<String> all = Files.readAllLines(log(process.name()));
    return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
  }
}
