package dev.aegis.bench;

import dev.aegis.bench.chaos.ChaosCommand;
import dev.aegis.bench.cluster.ClusterCommand;
import dev.aegis.bench.compare.CompareCommand;
import dev.aegis.bench.database.DatabaseCommand;
import dev.aegis.bench.life.IdleCommand;
import dev.aegis.bench.life.StartCommand;
import dev.aegis.bench.load.LoadCommand;
import dev.aegis.bench.peers.PeersCommand;
import dev.aegis.bench.peers.PlotCommand;
import dev.aegis.bench.scaling.ScalingCommand;
import dev.aegis.client.AegisException;
import dev.aegis.gateway.Gateway;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The entry point of `./aegis bench`.
@Command(
    name = "aegis bench",
    mixinStandardHelpOptions = true,
    version = "aegis " + Gateway.VERSION,
    description =
        "Measures Aegis: single stages, the whole gateway under load, start and idle; and kills it"
            + " under load to see whether it keeps its word.",
    footer = {"", "Exit codes: 0 done, 1 failed, 2 wrong usage."},
    subcommands = {
      JmhCommand.class,
      LoadCommand.class,
      StartCommand.class,
      IdleCommand.class,
      JournalCommand.class,
      InboxCommand.class,
      DatabaseCommand.class,
      ClusterCommand.class,
      ScalingCommand.class,
      CompareCommand.class,
      PeersCommand.class,
      PlotCommand.class,
      ChaosCommand.class
    })
public final class Main implements Callable<Integer> {
  private static final int FAILED = 1;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "say what to measure: one of those below");
  }

  public static void main(String[] arguments) {
    CommandLine line = new CommandLine(new Main());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler((exception, command, _) -> {
      if (exception instanceof IOException || exception instanceof AegisException) {
        command.getErr().println("aegis bench: " + exception.getMessage());
        return FAILED;
      }
      throw exception; // our own bug: with its stack
    });
    System.exit(line.execute(arguments));
  }
}
