package dev.aegis.bench.life;

import dev.aegis.bench.load.Gateway;
import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Table;
import dev.aegis.bench.server.Directories;
import dev.aegis.bench.server.HeapUse;
import dev.aegis.bench.server.ServerJavaOptions;
import dev.aegis.bench.server.Target;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "idle",
    mixinStandardHelpOptions = true,
    description = {
      "Connects agents that do nothing: memory of each on the gateway, set-ups per second, processor"
          + " time of each set-up.",
      "",
      "Memory is read after a full collection, before and after. --warm connections come first and"
          + " stay, so that code is compiled and pools are filled."
    })
public final class IdleCommand implements Callable<Integer> {
  @Option(
      names = "--connections",
      defaultValue = "2000",
      description = "How many (default: ${DEFAULT-VALUE}).")
  int connections;

  @Option(
      names = "--warm",
      defaultValue = "2000",
      description = "How many come first and do not count (default: ${DEFAULT-VALUE}).")
  int warm;

  @Option(
      names = "--client-threads",
      defaultValue = "1",
      description = "Event loops of the agents (default: ${DEFAULT-VALUE}).")
  int clientThreads;

  @Option(
      names = "--profile",
      paramLabel = "DIR",
      description =
          "Record where gateway and clients spend processor time meanwhile (Linux), keep the"
              + " recordings there, and put their summary into --json.")
  @Nullable Path profile;

  @Mixin ServerJavaOptions serverJava = new ServerJavaOptions();

  @Mixin FiguresOutput output = new FiguresOutput();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (connections < 1 || connections > 100_000) {
      throw new ParameterException(
          spec.commandLine(), "--connections is " + connections + ", allowed are 1 to 100000");
    }
    if (warm < 0 || warm > 100_000) {
      throw new ParameterException(
          spec.commandLine(), "--warm is " + warm + ", allowed are 0 to 100000");
    }
    Path home = Directories.temporary("idle");
    Figures figures;
    try (Target target = Target.start(home, serverJava.words())) {
      figures =
          new IdleRun(
                  new Gateway(target.access(), target.pid(), false),
                  connections,
                  warm,
                  clientThreads,
                  () -> HeapUse.afterCollection(target.pid()).usedBytes(),
                  output::say)
              .measure(profile);
    } finally {
      Directories.delete(home);
    }
    output.print(
        figures,
        new Table()
            .row("connections", figures.text("connections"))
            .row("resident memory each, bytes", figures.text("rssBytesPerConnection"))
            .row("heap each, bytes", figures.text("heapBytesPerConnection"))
            .row("set-ups per second", figures.text("setupsPerSecond"))
            .row("server CPU per set-up, µs", figures.text("serverCpuMicrosPerSetup"))
            .row("client CPU per set-up, µs", figures.text("clientCpuMicrosPerSetup"))
            .row("server memory with all, bytes", figures.text("serverRssBytes")));
    return 0;
  }
}
