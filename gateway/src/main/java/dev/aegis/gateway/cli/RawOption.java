package dev.aegis.gateway.cli;

import java.io.Console;
import picocli.CommandLine.Option;

/// What agents sent, other than as JSON, goes to a pipe or a file as it is, and to a terminal as
/// [Plain#lines].
final class RawOption {
  /// Set by `./aegis`, which can tell whether the output goes to a terminal whatever the input is.
  static final String TERMINAL = "aegis.terminal";

  @Option(
      names = "--raw",
      description = "Prints control characters of agents as they are, to a terminal as well.")
  boolean raw;

  String shown(String text) {
    return raw || !isTerminal() ? text : Plain.lines(text);
  }

  @SuppressWarnings("SystemConsoleNull") // it is, where the console is that of java.base
  private static boolean isTerminal() {
    String told = System.getProperty(TERMINAL);
    Console console = System.console();
    return told == null ? console != null && console.isTerminal() : Boolean.parseBoolean(told);
  }
}
