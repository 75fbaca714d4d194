package dev.aegis.gateway.cli;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.Identity;
import dev.aegis.gateway.config.ConfigurationException;
import dev.aegis.gateway.config.DataDirectory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Who connects, and to which gateway.
final class ConnectOptions {
  @Mixin DataDirOption data = new DataDirOption();

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "${AEGIS_URL:-wss://localhost:8443/ws/agent}",
      description = "The gateway (AEGIS_URL; default: ${DEFAULT-VALUE}).")
  URI url = URI.create("wss://localhost:8443/ws/agent");

  @Option(
      names = "--as",
      required = true,
      paramLabel = "AGENT",
      description = "The agent to connect as.")
  String agent = "";

  @Option(
      names = "--key",
      required = true,
      paramLabel = "FILE",
      description = "Its key file (see keygen).")
  Path key = Path.of("agent.key");

  @Option(
      names = "--gateway-key",
      paramLabel = "KEY",
      description = "The gateway's public key (default: gateway.pub of the data directory).")
  @Nullable String gatewayKey;

  @Option(
      names = "--join-token",
      paramLabel = "TOKEN",
      defaultValue = "",
      description = "Enrols the agent on this connection (see agent token).")
  String joinToken = "";

  AegisClient connect() throws IOException, ConfigurationException {
    return AegisClient.connect(options());
  }

  ClientOptions options() throws IOException, ConfigurationException {
    String pinned = gatewayKey;
    if (pinned == null) {
      Path file = DataDirectory.publicKeyFile(data.path());
      if (!Files.exists(file)) {
        throw new IOException("no gateway key: give --gateway-key, or the gateway's --data-dir");
      }
      pinned = Files.readString(file);
    }
    return ClientOptions.of(url, agent, Identity.load(key), Identity.publicKey(pinned))
        .withJoinToken(joinToken);
  }
}
