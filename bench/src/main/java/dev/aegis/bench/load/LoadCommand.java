package dev.aegis.bench.load;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Table;
import dev.aegis.bench.server.GatewayProcess;
import dev.aegis.bench.server.ServerJavaOptions;
import dev.aegis.bench.server.ServerSettings;
import dev.aegis.bench.server.Target;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "load",
    mixinStandardHelpOptions = true,
    description = {
      "Puts a gateway under load and measures throughput, latency, loss, and what the server takes.",
      "",
      "With --rate messages are sent by a schedule that nothing moves, and latency counts from when a"
          + " message was due. Without, every sender keeps --window messages under way: a durable"
          + " one until its receipt says stored and it has arrived, a best-effort one until it has"
          + " arrived. The warm-up is always of the second kind: what a cold gateway does under a"
          + " schedule is seen with --warmup 0."
    })
public final class LoadCommand implements Callable<Integer> {
  private static final int LOST = 1;

  @Option(
      names = "--guarantee",
      defaultValue = "best-effort",
      description = "best-effort, at-least-once or exactly-once (default: ${DEFAULT-VALUE}).")
  String guarantee = "best-effort";

  @Option(names = "--senders", defaultValue = "8", description = "Default: ${DEFAULT-VALUE}.")
  int senders;

  @Option(names = "--receivers", defaultValue = "8", description = "Default: ${DEFAULT-VALUE}.")
  int receivers;

  @Option(
      names = "--size",
      defaultValue = "256",
      description = "Bytes of a payload (default: ${DEFAULT-VALUE}).")
  int size;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "How long to measure (default: ${DEFAULT-VALUE}).")
  double seconds;

  @Option(
      names = "--warmup",
      defaultValue = "20",
      description =
          "Seconds under load before that (default: ${DEFAULT-VALUE}). Until then code is compiled"
              + " and heaps grow; what has not settled is said.")
  double warmup;

  @Option(
      names = "--rate",
      defaultValue = "0",
      description = "Messages per second, all senders together (default: as many as possible).")
  double rate;

  @Option(
      names = "--window",
      defaultValue = "256",
      description = "Messages of a sender under way at once (default: ${DEFAULT-VALUE}).")
  int window;

  @Option(
      names = "--shed",
      description = {
        "At a rate, drop and count what finds its sender's window full",
        "(default: it waits in the client's queue)."
      })
  boolean shed;

  @Option(
      names = "--priority-mix",
      defaultValue = "normal",
      description = {
        "A class, or weights: critical:1,high:2,normal:5,low:2.",
        "At a rate each class has its own senders and schedule."
      })
  String mix = "normal";

  @Option(
      names = "--fan-out",
      defaultValue = "1",
      description = {
        "Receivers of each message. Where they are all, for one best-effort sender, it is one",
        "broadcast; otherwise an envelope for each."
      })
  int fanOut;

  @Option(
      names = "--connections",
      defaultValue = "0",
      description = "Agents that are only connected, beside.")
  int connections;

  @Option(
      names = "--offline-share",
      defaultValue = "0",
      description = "Share of the receivers (0 to 1) that is away and comes back afterwards.")
  double offlineShare;

  @Option(
      names = "--client-threads",
      defaultValue = "1",
      description = "Event loops of the senders, and of the receivers (default: ${DEFAULT-VALUE}).")
  int clientThreads;

  @Option(
      names = "--url",
      description = "A gateway that runs already; needs --data-dir (default: starts its own).")
  @Nullable URI url;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = {
        "With --url that gateway's data directory, to enrol agents with its admin token;",
        "without, where to keep what the own gateway leaves (default: a temporary one)."
      })
  @Nullable Path dataDir;

  @Option(
      names = "--pid",
      defaultValue = "0",
      description = "With --url, the gateway's process, to measure what it takes.")
  long pid;

  @Mixin ServerJavaOptions serverJava = new ServerJavaOptions();

  @Mixin ServerSettings serverSettings = new ServerSettings();

  @Option(
      names = "--rest",
      description = {
        "Send over REST, a request each on connections that are kept, with an API key per sender:",
        "--window is how many requests each has under way. Nobody hears what was processed."
      })
  boolean rest;

  @Option(
      names = "--webhooks",
      description = {
        "Receivers are endpoints on this machine that messages are posted to. A gateway of one's",
        "own (--url) has to allow it: webhooks.allow-http=true, webhooks.allow=127.0.0.0/8."
      })
  boolean webhooks;

  @Option(
      names = "--profile",
      paramLabel = "DIR",
      description = {
        "Record where gateway and client spend processor time while it is measured (Linux), keep",
        "the recordings there, and tell the stages."
      })
  @Nullable Path profile;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = {
        "Where the page with plots goes (default: a new file for temporary files;",
        "with --json there is none)."
      })
  @Nullable Path html;

  @Mixin FiguresOutput output = new FiguresOutput();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    LoadPlan plan = plan();
    Path folder = html == null ? null : html.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new ParameterException(
          spec.commandLine(), "--html " + html + " is in no directory that is there");
    }
    PrintWriter progress = spec.commandLine().getErr();
    Figures figures;
    try (Target target = target()) {
      figures =
          new LoadRun(
                  plan,
                  new Gateway(
                      target.access(), target.pid(), !target.isOwn(), new Way(rest, webhooks)),
                  progress)
              .execute(profile)
              .put("sentOver", rest ? "rest" : "socket")
              .put("receivedOver", webhooks ? "webhook" : "socket")
              .put("settings", serverSettings.values())
              .put("fileSystem", target.fileSystem());
    }
    Table table = table(figures);
    List<Table> tables = new ArrayList<>(List.of(table));
    for (String side : new String[] {"gatewayProfile", "clientProfile"}) {
      if (figures.values().get(side) instanceof Map<?, ?> parts) {
        tables.add(profile(side, parts));
      }
    }
    output.print(figures, tables.toArray(Table[]::new));
    if (html != null || !output.isJson()) {
      Path page = html == null ? Files.createTempFile("aegis-load-", ".html") : html;
      LoadPage.of(figures, table).write(page);
      output.say("plots: " + page.toAbsolutePath().toUri());
    }
    return Long.valueOf(0).equals(figures.values().get("lost")) ? 0 : LOST;
  }

  private LoadPlan plan() {
    try {
      return new LoadPlan(
          Guarantee.parse(guarantee)
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "--guarantee is "
                          + guarantee
                          + ", allowed are best-effort, at-least-once and exactly-once")),
          senders,
          receivers,
          size,
          seconds,
          warmup,
          rate,
          window,
          shed,
          PriorityMix.parse(mix),
          fanOut,
          connections,
          offlineShare,
          clientThreads);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private Target target() throws IOException, InterruptedException {
    URI running = url;
    Path directory = dataDir;
    if (running == null) {
      output.say("starting a gateway");
      Map<String, String> settings = serverSettings.environment();
      GatewayProcess.UNHINDERED.forEach(settings::putIfAbsent);
      if (webhooks) {
        settings.putIfAbsent("AEGIS_WEBHOOKS_ALLOW_HTTP", "true");
        settings.putIfAbsent("AEGIS_WEBHOOKS_ALLOW", "127.0.0.0/8");
      }
      return Target.start(directory, serverJava.words(), settings);
    }
    if (!serverSettings.values().isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--setting is for a gateway that is started; --url has its own");
    }
    if (directory == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--url needs --data-dir: the agents are enrolled with its admin token");
    }
    return Target.running(running, directory, pid);
  }

  private static Table table(Figures figures) {
    Table table = new Table();
    line(table, figures, "messages per second", "messagesPerSecond");
    line(table, figures, "  in the first half", "firstHalfPerSecond");
    line(table, figures, "  in the second half", "secondHalfPerSecond");
    line(table, figures, "latency p50, µs", "p50Micros");
    line(table, figures, "latency p99, µs", "p99Micros");
    line(table, figures, "latency p99.9, µs", "p999Micros");
    if (figures.values().containsKey("storedPerSecond")) {
      line(table, figures, "until stored p50, µs", "storedP50Micros");
      line(table, figures, "until stored p99, µs", "storedP99Micros");
    }
    if (figures.values().get("byPriority") instanceof Map<?, ?> classes) {
      classes.forEach((name, summary) -> table.row("  " + name, String.valueOf(summary)));
    }
    line(table, figures, "sent", "sent");
    line(table, figures, "arrived", "arrived");
    line(table, figures, "lost", "lost");
    line(table, figures, "duplicates", "duplicates");
    line(table, figures, "out of order", "reordered");
    line(table, figures, "refused", "refused");
    line(table, figures, "refused by the gateway", "refusedByGateway");
    line(table, figures, "server CPU, µs per message", "serverCpuMicrosPerMessage");
    line(table, figures, "  gateway", "gatewayCpuMicrosPerMessage");
    line(table, figures, "  database", "databaseCpuMicrosPerMessage");
    line(table, figures, "client CPU, µs per message", "clientCpuMicrosPerMessage");
    if (figures.values().get("workPerMessage") instanceof Map<?, ?> work) {
      work.forEach((name, each) -> table.row("  " + name + " per message", String.valueOf(each)));
    }
    line(table, figures, "server memory, bytes", "serverRssBytes");
    line(table, figures, "cores used by others", "coresUsedByOthers");
    line(table, figures, "stalls", "stalls");
    return table;
  }

  private static Table profile(String side, Map<?, ?> parts) {
    Table table = new Table().row("").row(side, "share of its Java threads' processor time");
    parts.forEach((part, shares) -> {
      table.row("  " + part);
      if (shares instanceof Map<?, ?> byName) {
        byName.forEach((name, share) -> table.row("    " + name, String.valueOf(share)));
      }
    });
    return table;
  }

  private static void line(Table table, Figures figures, String label, String name) {
    table.row(label, figures.text(name));
  }
}
