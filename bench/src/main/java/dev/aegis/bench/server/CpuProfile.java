package dev.aegis.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/// A profile of where a JVM's Java threads spend processor time, native code included: Flight
/// Recorder's CPU-time sampling, which Linux has. The compiler's and collector's threads are not in
/// it.
public final class CpuProfile {
  private static final String NAME = "aegis-bench";
  private static final String EVENT = "jdk.CPUTimeSample";
  private static final int TOP = 20;

  /// A sample that stands for more came late: what its thread did meanwhile is not known.
  private static final long LONGEST_NANOS = 20_000_000;

  private final long pid;
  private final Path file;

  private CpuProfile(long pid, Path file) {
    this.pid = pid;
    this.file = file;
  }

  /// Begins to record.
  ///
  /// @param file where the recording goes
  public static CpuProfile start(long pid, Path file) throws IOException, InterruptedException {
    Jcmd.run(
        pid,
        "JFR.start",
        "name=" + NAME,
        "settings=none",
        "+" + EVENT + "#enabled=true",
        "+" + EVENT + "#throttle=1ms");
    return new CpuProfile(pid, file.toAbsolutePath());
  }

  /// Begins to record a server and this process, in that order.
  ///
  /// @param directory where the recordings go
  public static List<CpuProfile> startBoth(long serverPid, Path directory)
      throws IOException, InterruptedException {
    Files.createDirectories(directory);
    return List.of(
        start(serverPid, directory.resolve("gateway.jfr")),
        start(ProcessHandle.current().pid(), directory.resolve("client.jfr")));
  }

  /// Ends the recording and adds it up: shares of the sampled time by stage, and by the method that
  /// ran.
  public Map<String, Object> stop() throws IOException, InterruptedException {
    Files.deleteIfExists(file);
    Jcmd.run(pid, "JFR.stop", "name=" + NAME, "filename=" + file);
    Map<String, Double> stages = new HashMap<>();
    Map<String, Double> methods = new HashMap<>();
    Map<String, Double> own = new HashMap<>();
    double total = 0;
    try (RecordingFile recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        RecordedStackTrace stack = event.getStackTrace();
        if (!event.getEventType().getName().equals(EVENT) || stack == null) {
          continue;
        }
        double weight = Math.min(event.getDuration("samplingPeriod").toNanos(), LONGEST_NANOS);
        List<String> frames = stack.getFrames().stream().map(CpuProfile::name).toList();
        total += weight;
        stages.merge(Stages.of(frames), weight, Double::sum);
        if (!frames.isEmpty()) {
          methods.merge(frames.getFirst(), weight, Double::sum);
        }
        String caller = innermostOwn(frames);
        if (caller != null) {
          own.merge(caller, weight, Double::sum);
        }
      }
    }
    Map<String, Object> profile = new LinkedHashMap<>();
    profile.put("stages", shares(stages, total));
    profile.put("hotMethods", shares(methods, total));
    profile.put("hotOwnMethods", shares(own, total));
    return profile;
  }

  private static String name(RecordedFrame frame) {
    RecordedMethod method = frame.getMethod();
    return method == null ? "?" : method.getType().getName() + "." + method.getName();
  }

  /// The innermost frame of this project, with what it called counted in.
  private static @Nullable String innermostOwn(List<String> frames) {
    return frames.stream().filter(frame -> frame.startsWith("dev.aegis.")).findFirst().orElse(null);
  }

  /// The largest, as shares of 1.
  private static Map<String, Double> shares(Map<String, Double> weights, double total) {
    Map<String, Double> shares = new LinkedHashMap<>();
    weights.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .limit(TOP)
        .forEach(
            entry -> shares.put(entry.getKey(), Math.round(entry.getValue() / total * 1e3) / 1e3));
    return shares;
  }
}
