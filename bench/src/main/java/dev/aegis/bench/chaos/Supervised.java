package dev.aegis.bench.chaos;

import java.io.BufferedWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A process that is started again whenever it has ended, as a supervisor of services would, until
/// it is told to come to an end. Confined to one thread, but for `destroy`.
final class Supervised {
  /// Starts the process anew, without waiting for it.
  interface Start {
    /// @param life how often it was started before
    Process start(int life) throws IOException;
  }

  /// Before one that ended by itself is started again.
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final int NOTHING = -1;

  private final String name;
  private final Start start;
  private volatile @Nullable Process process;
  private int lives;
  private long startAtNanos;
  private int excused = NOTHING;
  private int tolerated = NOTHING;
  private boolean paused;
  private long resumeAtNanos;
  private boolean killed;
  private boolean ending;
  private int unexpectedEnds;
  private @Nullable String lastEnd;

  Supervised(String name, Start start, long nowNanos) {
    this.name = name;
    this.start = start;
    this.startAtNanos = nowNanos;
  }

  String name() {
    return name;
  }

  /// Starts it if it is time to, and notices when it has ended.
  void tick(long nowNanos) throws IOException {
    Process current = process;
    if (paused && nowNanos - resumeAtNanos >= 0) {
      resume();
    }
    if (current != null && !current.isAlive()) {
      process = null;
      paused = false;
      if (ending) {
        lastEnd = "exit " + current.exitValue();
      } else if (killed) {
        killed = false;
      } else if (current.exitValue() == excused || current.exitValue() == tolerated) {
        startAtNanos = nowNanos + PAUSE_NANOS;
      } else {
        unexpectedEnds++;
        lastEnd = "exit " + current.exitValue();
        startAtNanos = nowNanos + PAUSE_NANOS;
      }
    } else if (current == null && !ending && nowNanos - startAtNanos >= 0) {
      excused = NOTHING;
      process = start.start(lives++);
    }
  }

  /// Its process, or null while it is down.
  @Nullable Process running() {
    Process current = process;
    return current != null && current.isAlive() && !killed ? current : null;
  }

  boolean isEnded() {
    return ending && process == null;
  }

  /// Kills it as `kill -9` does.
  ///
  /// @param downNanos how long it stays away
  /// @return false when it is down anyway
  boolean kill(long nowNanos, long downNanos) {
    Process current = running();
    if (current == null) {
      return false;
    }
    killed = true;
    startAtNanos = nowNanos + downNanos;
    current.destroyForcibly();
    return true;
  }

  /// Lets it stand still (SIGSTOP), and then go on.
  ///
  /// @return false when it is down, or stands still already
  boolean pause(long nowNanos, long forNanos) throws IOException {
    Process current = running();
    if (current == null || paused) {
      return false;
    }
    paused = true;
    resumeAtNanos = nowNanos + forNanos;
    Signal.STOP.send(current.pid());
    return true;
  }

  private void resume() throws IOException {
    paused = false;
    Process current = process;
    if (current != null) {
      Signal.CONT.send(current.pid());
    }
  }

  /// What it needs may be away whenever it starts: should it end with this exit code, it is only
  /// started again.
  void tolerate(int exitCode) {
    tolerated = exitCode;
  }

  /// Something that it needs was killed: should it end with this exit code, it is only started
  /// again.
  void excuse(int exitCode) {
    excused = exitCode;
  }

  /// Starts it at once where it is down, and has it go on where it stands still.
  void hurry(long nowNanos) {
    startAtNanos = nowNanos;
    resumeAtNanos = nowNanos;
  }

  /// Tells it to come to an end, by a line on its standard input; it is not started again.
  ///
  /// @return false when it is down, which changes nothing
  boolean drain(String command) throws IOException {
    Process current = running();
    if (current == null) {
      return false;
    }
    ending = true;
    BufferedWriter input = current.outputWriter(); // stays open: its end would mean more
    input.write(command);
    input.newLine();
    input.flush();
    return true;
  }

  /// Stops it with SIGTERM, and waits for that.
  ///
  /// @return whether it has ended in time
  boolean stop(Duration patience) throws IOException, InterruptedException {
    ending = true;
    Process current = process;
    if (current == null) {
      return true;
    }
    current.destroy();
    if (paused) {
      resume(); // what stands still does not hear that it is to stop
    }
    return current.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// How often it ended and nobody had killed it.
  int unexpectedEnds() {
    return unexpectedEnds;
  }

  /// How it ended last time that nobody killed it.
  @Nullable String lastEnd() {
    return lastEnd;
  }

  /// Ends its process at once, if there is one. Any thread may.
  void destroy() {
    Process current = process;
    if (current != null) {
      current.destroyForcibly();
    }
  }
}
