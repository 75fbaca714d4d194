package dev.aegis.bench.chaos;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/// What the JDK cannot send to a process.
enum Signal {
  /// Stand still.
  STOP,
  /// Go on.
  CONT;

  private static final int SECONDS = 10;

  /// To a process that may have gone meanwhile.
  void send(long pid) throws IOException {
    new ProcessBuilder("sh", "-c", "kill -" + name() + " " + pid)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .onExit()
        .orTimeout(SECONDS, TimeUnit.SECONDS)
        .join();
  }
}
