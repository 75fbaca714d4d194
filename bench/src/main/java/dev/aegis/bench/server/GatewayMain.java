package dev.aegis.bench.server;

import dev.aegis.gateway.cli.Main;
import java.io.IOException;
import java.io.InputStream;

/// A gateway, as `./aegis serve` runs it, that stops when its standard input ends: the JVM that
/// started it holds the other end, so that none is left behind by one that was killed.
final class GatewayMain {
  private static final int ABANDONED = 3;

  private GatewayMain() {}

  public static void main(String[] arguments) {
    Thread.ofPlatform().name("bench-parent").daemon().start(GatewayMain::watch);
    Main.main(arguments);
  }

  private static void watch() {
    try (InputStream parent = System.in) {
      while (parent.read() >= 0) {
        // nothing is said there
      }
    } catch (IOException e) {
      System.err.println("standard input cannot be read: " + e.getMessage());
    }
    System.exit(ABANDONED);
  }
}
