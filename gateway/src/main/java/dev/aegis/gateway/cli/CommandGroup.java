package dev.aegis.gateway.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// A command that does nothing itself and has others that do.
abstract class CommandGroup implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  @Override
  public final void run() {
    throw new ParameterException(
        spec.commandLine(), "say which: " + spec.usageMessage().synopsisSubcommandLabel());
  }
}
