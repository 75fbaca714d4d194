package dev.aegis.bench.report;

import java.io.PrintWriter;
import java.time.InstantSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// How a command shows what it measured: tables for people and, if wanted, all figures for scripts.
/// Progress goes to the standard error.
public final class FiguresOutput {
  @Option(names = "--json", description = "Print the figures as one object on the last line.")
  boolean json;

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  /// Adds to the figures what they come from, the command as it was typed.
  public void print(Figures figures, Table... tables) {
    print(
        figures,
        "./aegis bench " + String.join(" ", spec.commandLine().getParseResult().originalArgs()),
        tables);
  }

  /// Adds to the figures what they come from, with a command that gives them again where the typed
  /// one does not.
  public void print(Figures figures, String command, Table... tables) {
    figures.provenance(command, InstantSource.system());
    PrintWriter out = spec.commandLine().getOut();
    for (Table table : tables) {
      out.print(table.text());
    }
    if (json) {
      out.println(figures.json());
    }
    out.flush();
  }

  /// Whether a script reads what is printed.
  public boolean isJson() {
    return json;
  }

  /// Tells whoever waits.
  public void say(String line) {
    PrintWriter progress = spec.commandLine().getErr();
    progress.println(line);
    progress.flush();
  }
}
