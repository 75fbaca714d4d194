package dev.aegis.bench.chaos;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.Identity;
import dev.aegis.gateway.config.DataDirectory;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/// Every process of a crash test, over one directory: a gateway with its database, processes of
/// senders, processes of receivers. None outlives this one. Confined to one thread.
final class Processes implements AutoCloseable {
  private static final Duration STOP = Duration.ofMinutes(1);

  /// Below the range that systems take the ports of outgoing connections from: while the gateway is
  /// away, nothing else gets its port by chance.
  private static final int FIRST_PORT = 20_000;

  private static final int PORTS = 12_000;

  /// With what `./aegis serve` ends when it has none.
  private static final int DATABASE_NOT_AVAILABLE = 69;

  private final Path home;
  private final ChaosPlan plan;
  private final Supervised gateway;
  private final Map<Victim, List<Supervised>> agents = new EnumMap<>(Victim.class);
  private final Thread onExit = Thread.ofPlatform().name("chaos-kill-all").unstarted(this::destroy);

  private Processes(ChaosPlan plan, Path home, int port) {
    this.plan = plan;
    this.home = home;
    this.gateway =
        new Supervised(
            "gateway",
            _ -> GatewayProcess.launch(data(), log("gateway"), List.of(), port),
            System.nanoTime());
    Runtime.getRuntime().addShutdownHook(onExit);
  }

  /// Starts a gateway, enrols the agents and starts their processes.
  static Processes start(ChaosPlan plan, Path home) throws IOException, InterruptedException {
    Processes processes = new Processes(plan, home, freePort(new Random(plan.seed())));
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
    gateway.tick(System.nanoTime());
    Process process = gateway.running();
    if (process == null) {
      throw new IOException("the gateway does not start, see " + log("gateway"));
    }
    GatewayProcess.awaitReady(process, data(), log("gateway"));
    GatewayAccess access = GatewayAccess.of(data(), null);
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
      add(Victim.RECEIVER, i, seeds.nextLong(), access.url(), gatewayKey, now);
    }
    for (int i = 0; i < plan.senders(); i++) {
      add(Victim.SENDER, i, seeds.nextLong(), access.url(), gatewayKey, now);
    }
  }

  private void add(Victim kind, int process, long seed, URI url, String gatewayKey, long nowNanos) {
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
            "--url=" + url,
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

  private static int freePort(Random random) throws IOException {
    int port = 0;
    while (port == 0) {
      port = FIRST_PORT + random.nextInt(PORTS);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      } catch (BindException _) {
        port = 0; // somebody else's
      }
    }
    return port;
  }

  private Path data() {
    return home.resolve("gateway");
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
    for (Supervised each : all()) {
      each.tick(nowNanos);
    }
  }

  /// @return false when it is down just now
  boolean kill(KillSchedule.Kill kill, long nowNanos) throws IOException {
    long downNanos = kill.downMillis() * 1_000_000;
    return switch (kill.victim()) {
      case GATEWAY -> gateway.kill(nowNanos, downNanos);
      case DATABASE -> killDatabase();
      case SENDER, RECEIVER -> of(kill.victim()).get(kill.process()).kill(nowNanos, downNanos);
    };
  }

  /// Its own gateway starts it again. That of a gateway that is itself just starting is spared:
  /// such a gateway gives up, so most of the run would be starts.
  private boolean killDatabase() throws IOException {
    Process owner = gateway.running();
    Path file = data().resolve("postgres/data/postmaster.pid");
    if (owner == null
        || !Files.exists(file)
        || !Files.exists(DataDirectory.managementFile(data()))) {
      return false;
    }
    Optional<String> pid;
    try (Stream<String> lines = Files.lines(file)) {
      pid = lines.findFirst().map(String::strip).filter(line -> line.matches("\\d{1,10}"));
    } catch (NoSuchFileException _) {
      return false; // it is just going away
    }
    boolean killed =
        pid.flatMap(digits -> child(owner, Long.parseLong(digits)))
            .map(ProcessHandle::destroyForcibly)
            .orElse(false);
    if (killed) {
      gateway.excuse(DATABASE_NOT_AVAILABLE);
    }
    return killed;
  }

  /// A process only if it is a gateway's own: the file may be of one that is gone, and its number
  /// somebody else's.
  private static Optional<ProcessHandle> child(Process owner, long pid) {
    return owner.descendants().filter(process -> process.pid() == pid).findFirst();
  }

  List<Supervised> of(Victim kind) {
    return switch (kind) {
      case GATEWAY, DATABASE -> List.of(gateway);
      case SENDER, RECEIVER -> agents.getOrDefault(kind, List.of());
    };
  }

  List<Supervised> all() {
    List<Supervised> all = new ArrayList<>();
    all.add(gateway);
    agents.values().forEach(all::addAll);
    return all;
  }

  /// Has everything started again at once.
  void hurry(long nowNanos) {
    all().forEach(each -> each.hurry(nowNanos));
  }

  /// An orderly end of the gateway, and with it of its database.
  ///
  /// @return whether it came in time
  boolean stopGateway() throws InterruptedException {
    return gateway.stop(STOP);
  }

  private void destroy() {
    all().forEach(Supervised::destroy);
  }

  @Override
  public void close() {
    destroy();
    try {
      for (Supervised each : all()) {
        each.stop(STOP);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // they are killed; only seeing them gone is left out
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
