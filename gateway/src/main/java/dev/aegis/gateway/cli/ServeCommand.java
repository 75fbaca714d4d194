package dev.aegis.gateway.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.aegis.gateway.Gateway;
import dev.aegis.gateway.config.Configuration;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.config.Settings;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    modelTransformer = SettingFlags.class,
    description = {
      "Runs a gateway until it is told to stop (SIGTERM or Ctrl-C), then drains it.",
      "A flag goes before its variable of the environment, that before the configuration file."
    })
final class ServeCommand implements Callable<Integer> {
  private static final org.slf4j.Logger log = LoggerFactory.getLogger(ServeCommand.class);

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    long began = System.nanoTime();
    Configuration configuration = SettingFlags.configuration(spec);
    if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
      root.setLevel(Level.toLevel(configuration.get(Settings.LOG_LEVEL)));
    }
    configuration.warnings().forEach(warning -> log.warn("{}", warning));
    GatewayConfig config = GatewayConfig.of(configuration);
    Gateway gateway = Gateway.start(config);
    CompletableFuture<Void> told = new CompletableFuture<>();
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("aegis-shutdown")
                .unstarted(() -> {
                  told.complete(null);
                  awaitQuietly(stopped);
                }));
    try {
      announce(configuration, config, gateway, began);
      while (!serve(gateway, told)) {
        log.warn("this gateway starts anew, as a new member of its cluster");
        began = System.nanoTime();
        gateway = Gateway.start(config);
        announce(configuration, config, gateway, began);
      }
    } finally {
      stopped.countDown();
    }
    return ExitCode.OK;
  }

  /// Until it is told to stop, or another node of its cluster has taken over what it had: what it
  /// believes of its mailboxes is wrong then, so nothing of it is kept.
  ///
  /// @return whether it was told to stop
  private static boolean serve(Gateway gateway, CompletableFuture<Void> told) {
    try (gateway) {
      CompletableFuture.anyOf(told, gateway.fence().toCompletableFuture()).join();
    }
    return told.isDone();
  }

  private void announce(
      Configuration configuration, GatewayConfig config, Gateway gateway, long began) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "Aegis %s is ready after %d ms%n",
        Gateway.VERSION, (System.nanoTime() - began) / 1_000_000);
    out.printf(
        "  agents and REST  wss://%s:%d/ws/agent%n",
        config.net().listen().getHostString(), gateway.address().getPort());
    out.printf(
        "  management       http://%s:%d/status%n",
        config.management().getHostString(), gateway.managementAddress().getPort());
    out.printf("  gateway key      %s   (agents pin this)%n", gateway.publicKey());
    out.printf("  data directory   %s%n", config.dataDir().toAbsolutePath());
    if (configuration.file() != null) {
      out.printf("  configuration    %s%n", configuration.file());
    }
    out.printf("  TLS engine       %s%n", gateway.constants().get("tlsEngine"));
    if (gateway.constants().get("providers") instanceof Map<?, ?> providers) {
      providers.forEach((primitive, provider) -> out.printf("  %-32s %s%n", primitive, provider));
    }
    out.flush();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
