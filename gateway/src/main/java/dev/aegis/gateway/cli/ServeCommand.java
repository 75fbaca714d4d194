package dev.aegis.gateway.cli;

import dev.aegis.gateway.Gateway;
import dev.aegis.gateway.config.GatewayConfig;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = "Runs a gateway until it is told to stop (SIGTERM or Ctrl-C), then drains it.")
final class ServeCommand implements Callable<Integer> {
  @Mixin DataDirOption data = new DataDirOption();

  @Option(
      names = "--host",
      defaultValue = "${AEGIS_HOST:-0.0.0.0}",
      description = "Address of the TLS port (AEGIS_HOST; default: ${DEFAULT-VALUE}).")
  String host = "0.0.0.0";

  @Option(
      names = "--port",
      defaultValue = "${AEGIS_PORT:-8443}",
      description = "TLS port, 0 for any free one (AEGIS_PORT; default: ${DEFAULT-VALUE}).")
  int port;

  @Option(
      names = "--management-port",
      defaultValue = "${AEGIS_MANAGEMENT_PORT:-8081}",
      description =
          "Management port on 127.0.0.1 (AEGIS_MANAGEMENT_PORT; default: ${DEFAULT-VALUE}).")
  int managementPort;

  @Option(
      names = "--postgres-url",
      defaultValue = "${AEGIS_POSTGRES_URL}",
      description =
          "JDBC URL of an own PostgreSQL (AEGIS_POSTGRES_URL; default: the embedded one).")
  @Nullable String postgresUrl;

  @Option(
      names = "--postgres-user",
      defaultValue = "${AEGIS_POSTGRES_USER:-aegis}",
      description = "Its user (AEGIS_POSTGRES_USER; default: ${DEFAULT-VALUE}).")
  String postgresUser = "aegis";

  @Option(
      names = "--postgres-password",
      defaultValue = "${AEGIS_POSTGRES_PASSWORD}",
      description = "Its password (better in AEGIS_POSTGRES_PASSWORD than on the command line).")
  @Nullable String postgresPassword;

  @Option(
      names = "--tls-cert",
      defaultValue = "${AEGIS_TLS_CERT}",
      description = "PEM certificate chain (AEGIS_TLS_CERT; default: self-signed and kept).")
  @Nullable Path tlsCertificate;

  @Option(
      names = "--tls-key",
      defaultValue = "${AEGIS_TLS_KEY}",
      description = "PEM key of the certificate (AEGIS_TLS_KEY).")
  @Nullable Path tlsKey;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    long began = System.nanoTime();
    Gateway gateway = Gateway.start(config());
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "Aegis %s is ready after %d ms%n",
        Gateway.VERSION, (System.nanoTime() - began) / 1_000_000);
    out.printf("  agents and REST  wss://%s:%d/ws/agent%n", host, gateway.address().getPort());
    out.printf(
        "  management       http://127.0.0.1:%d/status%n", gateway.managementAddress().getPort());
    out.printf("  gateway key      %s   (agents pin this)%n", gateway.publicKey());
    out.printf("  data directory   %s%n", data.path.toAbsolutePath());
    out.printf("  TLS engine       %s%n", gateway.constants().get("tlsEngine"));
    if (gateway.constants().get("providers") instanceof Map<?, ?> providers) {
      providers.forEach((primitive, provider) -> out.printf("  %-32s %s%n", primitive, provider));
    }
    out.flush();
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("aegis-shutdown")
                .unstarted(() -> {
                  gateway.close();
                  stopped.countDown();
                }));
    stopped.await();
    return ExitCode.OK;
  }

  private GatewayConfig config() {
    checkPort("--port", port);
    checkPort("--management-port", managementPort);
    if ((tlsCertificate == null) != (tlsKey == null)) {
      throw new ParameterException(
          spec.commandLine(), "--tls-cert and --tls-key go together: give both or neither");
    }
    Path certificate = tlsCertificate;
    Path key = tlsKey;
    String url = postgresUrl;
    return new GatewayConfig(
        data.path,
        new InetSocketAddress(host, port),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), managementPort),
        url == null
            ? null
            : new GatewayConfig.Postgres(
                url, postgresUser, postgresPassword == null ? "" : postgresPassword),
        certificate == null || key == null ? null : new GatewayConfig.TlsFiles(certificate, key));
  }

  private void checkPort(String name, int value) {
    if (value < 0 || value > 65_535) {
      throw new ParameterException(
          spec.commandLine(), name + " is " + value + ", allowed are 0 to 65535");
    }
  }
}
