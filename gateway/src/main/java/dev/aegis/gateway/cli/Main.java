package dev.aegis.gateway.cli;

import dev.aegis.client.AegisException;
import dev.aegis.client.ConnectionClosedException;
import dev.aegis.client.NotConnectedException;
import dev.aegis.client.RefusedException;
import dev.aegis.client.RequestTimeoutException;
import dev.aegis.gateway.Gateway;
import dev.aegis.gateway.config.ConfigurationException;
import dev.aegis.store.StoreException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The entry point of `./aegis`.
@Command(
    name = "aegis",
    mixinStandardHelpOptions = true,
    version = "aegis " + Gateway.VERSION,
    description = "A secure binary gateway through which software agents talk to each other.",
    subcommands = {
      ServeCommand.class,
      DemoCommand.class,
      KeygenCommand.class,
      AgentCommand.class,
      ApiKeyCommand.class,
      RulesCommand.class,
      SendCommand.class,
      RequestCommand.class,
      ListenCommand.class,
      MessageCommand.class,
      DeadCommand.class,
      AuditCommand.class,
      StatsCommand.class,
      StatusCommand.class,
      ClusterCommand.class,
      ConfigCommand.class
    })
public final class Main implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "say what to do: one of the commands below");
  }

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /// The whole command line, for whoever wants to run it without ending the JVM.
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    line.setCaseInsensitiveEnumValuesAllowed(true).setUsageHelpAutoWidth(true);
    line.setExecutionExceptionHandler((exception, command, _) -> {
      String message = String.valueOf(exception.getMessage());
      message.lines().forEach(each -> command.getErr().println("aegis: " + Plain.of(each)));
      return exitCode(exception);
    });
    explainExitCodes(line);
    return line;
  }

  private static void explainExitCodes(CommandLine line) {
    line.getCommandSpec().usageMessage().footer(ExitCode.FOOTER);
    line.getSubcommands().values().forEach(Main::explainExitCodes);
  }

  private static int exitCode(Exception exception) throws Exception {
    return switch (exception) {
      case NotConnectedException _, ConnectionClosedException _ -> ExitCode.NOT_REACHABLE;
      case NotReachableException _ -> ExitCode.NOT_REACHABLE;
      case RequestTimeoutException _ -> ExitCode.TIMEOUT;
      case NoAnswerException _ -> ExitCode.TIMEOUT;
      case ProblemAnswerException e -> e.exitCode();
      case ConfigurationException _ -> ExitCode.CONFIGURATION;
      case StoreException.Unavailable _ -> ExitCode.DATABASE;
      case RefusedException _ -> ExitCode.REFUSED;
      case AegisException _, StoreException _, IOException _, IllegalArgumentException _ ->
          ExitCode.FAILED;
      default -> throw exception; // our own bug: with its stack
    };
  }
}
