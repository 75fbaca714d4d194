package dev.aegis.bench.report;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a figure must name to be worth anything: processor, cores, memory, system, JDK, commit.
public final class Machine {
  private static final Logger LOG = LoggerFactory.getLogger(Machine.class);

  private Machine() {}

  /// Of this process, now. The load average tells whether the machine was quiet.
  public static Map<String, Object> describe() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("cpu", processor());
    facts.put("cores", Runtime.getRuntime().availableProcessors());
    facts.put("memoryBytes", memoryBytes());
    facts.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put("loadAverage", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    return facts;
  }

  public static String jdk() {
    return System.getProperty("java.vendor.version", System.getProperty("java.vendor"))
        + " "
        + Runtime.version();
  }

  /// The commit of the sources that this program was built from, with `-dirty` behind it where they
  /// were changed, or "unknown".
  public static String commit() {
    Path sources = sources();
    return Git.output(sources, "rev-parse", "--short=12", "HEAD")
        .map(hash ->
            Git.output(sources, "status", "--porcelain", "--untracked-files=no")
                    .orElse("")
                    .isEmpty()
                ? hash
                : hash + "-dirty")
        .orElse("unknown");
  }

  /// Where the classes or the jar are: below the sources, in a build.
  public static Path sources() {
    try {
      Path here =
          Path.of(Machine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path parent = here.getParent();
      return parent == null ? here : parent;
    } catch (java.net.URISyntaxException e) {
      LOG.debug("no place of the program's own", e);
      return Path.of("");
    }
  }

  private static String processor() {
    Path info = Path.of("/proc/cpuinfo");
    if (Files.isReadable(info)) {
      try {
        for (String line : Files.readAllLines(info)) {
          if (line.startsWith("model name")) {
            return line.substring(line.indexOf(':') + 1).strip();
          }
        }
      } catch (IOException e) {
        LOG.debug("no processor name", e);
      }
    }
    return System.getProperty("os.arch");
  }

  private static long memoryBytes() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }
}
