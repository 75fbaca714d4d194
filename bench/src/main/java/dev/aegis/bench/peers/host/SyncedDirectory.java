package dev.aegis.bench.peers.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A directory in which the kernel syncs every write to a file before it returns, as if the program
/// had opened it that way: the attribute S of ext4 and its like, which what is made in it inherits.
public final class SyncedDirectory {
  private static final String CHATTR = "chattr";

  private SyncedDirectory() {}

  /// Why there cannot be one here.
  public static Optional<String> absence() {
    return Executable.find(CHATTR).isPresent()
        ? Optional.empty()
        : Optional.of("not installed: apt-get install e2fsprogs");
  }

  /// @throws IOException the file system has no such attribute
  public static void create(Path directory) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    Executable chattr =
        Executable.find(CHATTR).orElseThrow(() -> new IOException(CHATTR + " is not installed"));
    String complaint = chattr.run("+S", directory.toString());
    if (!complaint.isBlank()) {
      throw new IOException(
          "%s cannot have its writes synced, put it on ext4: %s"
              .formatted(directory, complaint.strip()));
    }
  }
}
