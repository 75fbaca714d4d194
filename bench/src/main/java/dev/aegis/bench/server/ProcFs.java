package dev.aegis.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Processor time and memory of processes, read from `/proc`. Where there is none everything is 0.
/// A process that ends while it is read counts as having taken nothing.
public final class ProcFs {
  /// The unit in which the kernel tells times to programs, the same on every platform of the JDK.
  private static final long TICK_MICROS = 10_000;

  private static final Path PROC = Path.of("/proc");
  private static final Pattern SPACES = Pattern.compile("\\s+");

  private ProcFs() {}

  public static boolean isAvailable() {
    return Files.isReadable(PROC.resolve("self/stat"));
  }

  /// User and system time in microseconds.
  public static long cpuMicros(long pid) {
    String[] fields = statFields(PROC.resolve(pid + "/stat"));
    return fields.length < 13 ? 0 : (ticks(fields, 11) + ticks(fields, 12)) * TICK_MICROS;
  }

  /// User and system time of a process's descendants, those that have ended and were waited for
  /// included.
  public static long descendantsCpuMicros(long pid) {
    long micros = 0;
    for (long child : descendants(pid)) {
      micros += withEndedChildrenCpuMicros(child);
    }
    return micros;
  }

  /// User and system time of a process and all its descendants, those that have ended and were
  /// waited for included.
  public static long treeCpuMicros(long pid) {
    return withEndedChildrenCpuMicros(pid) + descendantsCpuMicros(pid);
  }

  private static long withEndedChildrenCpuMicros(long pid) {
    long ticks = 0;
    String[] fields = statFields(PROC.resolve(pid + "/stat"));
    for (int i = 11; i < 15 && fields.length >= 15; i++) {
      ticks += ticks(fields, i);
    }
    return ticks * TICK_MICROS;
  }

  /// Processor time of the whole machine that was not idle, in microseconds.
  public static long busyMicros() {
    String first = lines(PROC.resolve("stat")).findFirst().orElse("cpu");
    List<String> fields = SPACES.splitAsStream(first.strip()).toList();
    long busy = 0;
    for (int i = 1; i < fields.size() && i <= 8; i++) {
      boolean idle = i == 4 || i == 5;
      busy += idle ? 0 : Long.parseLong(fields.get(i));
    }
    return busy * TICK_MICROS;
  }

  /// Resident memory in bytes.
  public static long rssBytes(long pid) {
    return kilobytes(PROC.resolve(pid + "/status"), "VmRSS:") * 1024;
  }

  /// Memory of a process's descendants in bytes. Of what they share the most that one of them has
  /// counts: the kernel knows better (`smaps_rollup`), but holds them up while it finds out.
  public static long descendantsRssBytes(long pid) {
    long own = 0;
    long files = 0;
    long shared = 0;
    for (long child : descendants(pid)) {
      Path status = PROC.resolve(child + "/status");
      own += kilobytes(status, "RssAnon:");
      files = Math.max(files, kilobytes(status, "RssFile:"));
      shared = Math.max(shared, kilobytes(status, "RssShmem:"));
    }
    return (own + files + shared) * 1024;
  }

  /// Processor time in microseconds by name of thread, with numbers taken off the names.
  public static Map<String, Long> cpuMicrosByThread(long pid) {
    Map<String, Long> byName = new TreeMap<>();
    Path tasks = PROC.resolve(pid + "/task");
    if (!Files.isDirectory(tasks)) {
      return byName;
    }
    try (Stream<Path> threads = Files.list(tasks)) {
      for (Path thread : threads.toList()) {
        String[] fields = statFields(thread.resolve("stat"));
        if (fields.length >= 13) {
          String name = lines(thread.resolve("comm")).findFirst().orElse("?");
          byName.merge(
              name.replaceAll("[-#]*[0-9]+([-#][0-9]+)*$", ""),
              (ticks(fields, 11) + ticks(fields, 12)) * TICK_MICROS,
              Long::sum);
        }
      }
    } catch (IOException _) {
      return byName;
    }
    return byName;
  }

  /// What a process calls itself, with its arguments; empty where it is gone.
  public static String title(long pid) {
    return lines(PROC.resolve(pid + "/cmdline"))
        .map(line -> line.replace('\0', ' ').strip())
        .collect(Collectors.joining(" "));
  }

  private static long[] descendants(long pid) {
    return ProcessHandle.of(pid).stream()
        .flatMap(ProcessHandle::descendants)
        .mapToLong(ProcessHandle::pid)
        .toArray();
  }

  /// The fields behind the name, which may itself hold spaces and brackets.
  private static String[] statFields(Path stat) {
    String line = lines(stat).findFirst().orElse("");
    int name = line.lastIndexOf(')');
    return name < 0 ? new String[0] : line.substring(name + 2).split(" ");
  }

  private static long ticks(String[] fields, int index) {
    return Long.parseLong(fields[index]);
  }

  private static long kilobytes(Path file, String name) {
    return lines(file)
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip().split(" "))
        .mapToLong(words -> Long.parseLong(words[0]))
        .findFirst()
        .orElse(0);
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException _) {
      return Stream.empty(); // the process has ended, or this is not Linux
    }
  }
}
