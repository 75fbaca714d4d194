package dev.aegis.bench.chaos;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Table;
import dev.aegis.bench.server.Directories;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    description = {
      "Kills everything at random under load, as kill -9 does, cuts connections, and holds what senders"
          + " were promised against what handlers did.",
      "",
      "A gateway with its PostgreSQL, processes of senders and processes of receivers run on this"
          + " machine. The gateway, the PostgreSQL server, senders and receivers are killed by a"
          + " schedule that follows from --seed, and started again within a second. Most kills wait"
          + " until messages get through again; one in four does not, and may meet a gateway that is"
          + " just recovering from the last one. Senders mix at-least-once,"
          + " exactly-once and best-effort messages of all priorities, up to 128 KiB. What is done is"
          + " told as it happens, and the command that does it again in the beginning.",
      "",
      "Connections are cut as well, one of them, some, or all of one way: reset (both ends are told),"
          + " half-open (one end is told, the other hears nothing), black-hole (nothing arrives),"
          + " one-way (what one end says does not arrive), stall (it all arrives, but late). Agents"
          + " connect through a relay that does it. The database that a single gateway starts is its"
          + " own: there the server's process of the connection stands still (SIGSTOP) or is ended.",
      "",
      "With --nodes 2 or more the gateways are a cluster over one PostgreSQL and a Redis Cluster of"
          + " three masters, each with a replica; everybody connects through relays, Redis's replicas"
          + " too. Besides, a gateway is paused (SIGSTOP) until the others have taken over what it had,"
          + " and all of Redis is killed, or told to forget everything, or a master is killed until"
          + " its replica has taken its place. Agents know all gateways and go to another one when"
          + " theirs is gone.",
      "",
      "A message counts as promised when its sender has the receipt \"stored\" and has written so to"
          + " its own ledger, synced. It counts as handled when the handler has written so to the"
          + " ledger of the receiver, synced, before it returned. Best-effort messages are sent but"
          + " not counted.",
      "",
      "Exactly-once holds where an agent's effects and its memory of them are one. Here they are: the"
          + " handler's entry in the ledger is both its effect and what the SDK remembers the"
          + " message by, so that no kill comes between them. The sender writes down what it is"
          + " about to send, and after a restart sends what it has no outcome of again, under the"
          + " same id. At-least-once messages have neither, so some are handled twice: by another"
          + " process, where the ack was not confirmed when the first one was killed.",
      "",
      "In the end nothing is killed any more, and the run waits until everything has arrived, or"
          + " nothing has happened for 90 s. Ledgers and logs are kept when something was wrong, and"
          + " where --data-dir is given."
    },
    footer = {
      "",
      "Exit codes: 0 every promise was kept; 1 a message was lost, an exactly-once message was"
          + " handled twice or refused for good, an at-least-once message was handled twice and"
          + " no kill explains it, a payload was not what was sent, or a process ended that nobody"
          + " had killed; 2 wrong usage."
    })
public final class ChaosCommand implements Callable<Integer> {
  private static final int BROKEN = 1;
  private static final int TAIL_LINES = 30;

  @Option(
      names = "--nodes",
      defaultValue = "1",
      description =
          "Gateways. More than one are a cluster: they share a PostgreSQL and a Redis, and their nodes,"
              + " besides, stand still for a while or lose the Redis, one of its masters or all that it"
              + " knew (default: ${DEFAULT-VALUE}).")
  int nodes;

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description =
          "How long to go on with load and kills, and at least until everything was killed once"
              + " (default: ${DEFAULT-VALUE}).")
  double seconds;

  @Option(
      names = "--seed",
      description =
          "Decides what is killed or cut when (default: a random one, which is told). What the processes are"
              + " doing at that moment is up to the machine.")
  @Nullable Long seed;

  @Option(
      names = "--rate",
      defaultValue = "1000",
      description =
          "Messages per second, all senders together, while they can send (default:"
              + " ${DEFAULT-VALUE}).")
  double rate;

  @Option(
      names = "--senders",
      defaultValue = "2",
      description = "Processes that send (default: ${DEFAULT-VALUE}).")
  int senders;

  @Option(
      names = "--receivers",
      defaultValue = "2",
      description = "Processes that receive (default: ${DEFAULT-VALUE}).")
  int receivers;

  @Option(
      names = "--agents",
      defaultValue = "2",
      description = "Agents in each of these processes (default: ${DEFAULT-VALUE}).")
  int agents;

  @Option(
      names = "--min-pause",
      paramLabel = "MS",
      defaultValue = "1500",
      description = "Shortest time between two kills (default: ${DEFAULT-VALUE}).")
  int minPause;

  @Option(
      names = "--max-pause",
      paramLabel = "MS",
      defaultValue = "5000",
      description = "Longest time between two kills (default: ${DEFAULT-VALUE}).")
  int maxPause;

  @Option(
      names = "--max-hold",
      paramLabel = "MS",
      defaultValue = "8000",
      description =
          "Longest time that nothing passes over a connection that is cut (default:"
              + " ${DEFAULT-VALUE}).")
  int maxHold;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description =
          "An empty directory for the gateway's data, ledgers and logs, which is kept (default: a"
              + " temporary one).")
  @Nullable Path dataDir;

  @Mixin FiguresOutput output = new FiguresOutput();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ChaosPlan plan = plan();
    PrintWriter progress = spec.commandLine().getErr();
    Path home = home();
    boolean good = false;
    try {
      progress.printf("%s%n", plan.command());
      progress.printf("seed %d, starting gateways in %s%n", plan.seed(), home);
      progress.flush();
      good = run(plan, home, progress);
    } finally {
      if (good && dataDir == null) {
        Directories.delete(home);
      } else if (!good) {
        progress.println("ledgers and logs are kept in " + home);
        progress.flush();
      }
    }
    return good ? 0 : BROKEN;
  }

  private boolean run(ChaosPlan plan, Path home, PrintWriter progress)
      throws IOException, InterruptedException {
    ChaosRun.Outcome outcome;
    try (Processes processes = Processes.start(plan, home)) {
      outcome = new ChaosRun(plan, processes, progress).execute();
      for (Supervised process : processes.all()) {
        if (process.unexpectedEnds() > 0) {
          progress.println("the end of the log of " + process.name() + ":");
          progress.println(processes.tail(process, TAIL_LINES));
        }
      }
    }
    Figures figures = figures(plan, outcome, Directories.fileSystem(home));
    output.print(figures, plan.command(), table(figures));
    return outcome.isGood();
  }

  private ChaosPlan plan() {
    try {
      long chosen =
          seed == null
              ? ThreadLocalRandom.current().nextLong(Integer.MAX_VALUE)
              : Objects.requireNonNull(seed);
      return new ChaosPlan(
          nodes, seconds, chosen, rate, senders, receivers, agents, minPause, maxPause, maxHold);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private Path home() throws IOException {
    Path directory = dataDir;
    if (directory == null) {
      return Directories.temporary("chaos");
    }
    Files.createDirectories(directory);
    try (var files = Files.list(directory)) {
      if (files.findAny().isPresent()) {
        throw new ParameterException(
            spec.commandLine(), "--data-dir is " + directory + ", which is not empty");
      }
    }
    return directory.toAbsolutePath();
  }

  private Figures figures(ChaosPlan plan, ChaosRun.Outcome outcome, String fileSystem) {
    Ledger.Verdict verdict = outcome.verdict();
    Map<String, Long> kills = new TreeMap<>();
    outcome.kills().forEach((victim, count) -> kills.put(victim.label(), count));
    Map<String, Long> cut = new TreeMap<>();
    outcome.connectionsCut().forEach((how, count) -> cut.put(how.label(), count));
    Map<String, Long> promised = new LinkedHashMap<>();
    for (Guarantee guarantee : Guarantee.values()) {
      if (guarantee.isDurable()) {
        promised.put(guarantee.label(), verdict.promisedByGuarantee().getOrDefault(guarantee, 0L));
      }
    }
    return new Figures()
        .put("kind", "chaos")
        .put("seed", plan.seed())
        .put("nodes", plan.nodes())
        .put("seconds", Math.round(outcome.seconds()))
        .put("kills", kills.values().stream().mapToLong(Long::longValue).sum())
        .put("killsByKind", kills)
        .put("connectionsCut", cut)
        .put("promised", verdict.promised())
        .put("promisedByGuarantee", promised)
        .put("handled", verdict.handled())
        .put("lost", verdict.lost())
        .put("duplicatesExactlyOnce", verdict.duplicates(Guarantee.EXACTLY_ONCE))
        .put("duplicatesAtLeastOnce", verdict.duplicates(Guarantee.AT_LEAST_ONCE))
        .put("duplicatesNotAllowed", verdict.unallowed())
        .put("handledUnpromised", verdict.unpromised())
        .put("refusedExactlyOnce", verdict.refused(Guarantee.EXACTLY_ONCE))
        .put("refusedAtLeastOnce", verdict.refused(Guarantee.AT_LEAST_ONCE))
        .put("corrupted", verdict.corrupted())
        .put("unexpectedEnds", outcome.unexpectedEnds())
        .put("settled", outcome.settled())
        .put("fileSystem", fileSystem);
  }

  private static Table table(Figures figures) {
    Table table = new Table();
    line(table, figures, "kills", "kills");
    lines(table, figures, "killsByKind");
    table.row("connections cut", "");
    lines(table, figures, "connectionsCut");
    line(table, figures, "promised", "promised");
    lines(table, figures, "promisedByGuarantee");
    line(table, figures, "handled of these", "handled");
    line(table, figures, "lost", "lost");
    line(table, figures, "exactly-once, handled again", "duplicatesExactlyOnce");
    line(table, figures, "exactly-once, refused for good", "refusedExactlyOnce");
    line(table, figures, "at-least-once, handled again", "duplicatesAtLeastOnce");
    line(table, figures, "  and no kill explains it", "duplicatesNotAllowed");
    line(table, figures, "at-least-once, refused", "refusedAtLeastOnce");
    line(table, figures, "handled, sender did not know", "handledUnpromised");
    line(table, figures, "not what was sent", "corrupted");
    line(table, figures, "ended though not killed", "unexpectedEnds");
    line(table, figures, "came to rest", "settled");
    return table;
  }

  private static void lines(Table table, Figures figures, String name) {
    if (figures.values().get(name) instanceof Map<?, ?> kinds) {
      kinds.forEach((kind, count) -> table.row("  " + kind, String.valueOf(count)));
    }
  }

  private static void line(Table table, Figures figures, String label, String name) {
    table.row(label, figures.text(name));
  }
}
