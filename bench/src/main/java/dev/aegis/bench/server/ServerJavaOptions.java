package dev.aegis.bench.server;

import java.util.List;
import picocli.CommandLine.Option;

/// What to give the JVM of a gateway that a command starts.
public final class ServerJavaOptions {
  @Option(
      names = "--server-java-opts",
      paramLabel = "OPTIONS",
      defaultValue = "",
      description = "More options for the JVM of the gateway that it starts.")
  String text = "";

  public List<String> words() {
    return GatewayProcess.words(text);
  }
}
