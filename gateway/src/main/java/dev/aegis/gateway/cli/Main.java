package dev.aegis.gateway.cli;

import dev.aegis.client.AegisException;
import dev.aegis.client.ConnectionClosedException;
import dev.aegis.client.NotConnectedException;
import dev.aegis.client.RefusedException;
import dev.aegis.client.RequestTimeoutException;
import dev.aegis.gateway.Gateway;
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
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 gateway not reachable,",
      "4 refused, 5 timeout, 70 the launcher could not find Java or build."
    },
    subcommands = {
      ServeCommand.class,
      DemoCommand.class,
      KeygenCommand.class,
      AgentCommand.class,
      ApiKeyCommand.class,
      SendCommand.class,
      RequestCommand.class,
      ListenCommand.class,
      StatusCommand.class
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
    CommandLine line = new CommandLine(new Main());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler((exception, command, _) -> {
      command.getErr().println("aegis: " + exception.getMessage());
      return exitCode(exception);
    });
    System.exit(line.execute(arguments));
  }

  private static int exitCode(Exception exception) throws Exception {
    return switch (exception) {
      case NotConnectedException _, ConnectionClosedException _ -> ExitCode.NOT_REACHABLE;
      case NotReachableException _ -> ExitCode.NOT_REACHABLE;
      case RequestTimeoutException _ -> ExitCode.TIMEOUT;
      case RefusedException _ -> ExitCode.REFUSED;
      case AegisException _, StoreException _, IOException _, IllegalArgumentException _ ->
          ExitCode.FAILED;
      default -> throw exception; // our own bug: with its stack
    };
  }
}
