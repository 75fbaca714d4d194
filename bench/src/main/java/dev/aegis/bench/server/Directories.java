package dev.aegis.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// The temporary directories of a run.
public final class Directories {
  private Directories() {}

  /// A directory of its own in a folder, or in the system's temporary one.
  public static Path temporary(String name) throws IOException {
    return Files.createTempDirectory("aegis-bench-" + name + "-");
  }

  /// Removes a directory and all that is in it.
  public static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /// The type of the file system below a directory: on one in memory nothing is durable.
  public static String fileSystem(Path directory) throws IOException {
    return Files.getFileStore(directory).type();
  }
}
