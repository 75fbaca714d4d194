package dev.aegis.bench.server;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The gateway that is measured: one started for the run and stopped after it, or one that runs
/// already.
public final class Target implements AutoCloseable {
  private final GatewayAccess access;
  private final long pid;
  private final @Nullable GatewayProcess own;
  private final @Nullable Path temporary;
  private final String fileSystem;

  private Target(
      GatewayAccess access,
      long pid,
      @Nullable GatewayProcess own,
      @Nullable Path temporary,
      String fileSystem) {
    this.access = access;
    this.pid = pid;
    this.own = own;
    this.temporary = temporary;
    this.fileSystem = fileSystem;
  }

  /// Starts one.
  ///
  /// @param dataDir kept afterwards; null for a temporary one that is removed
  public static Target start(@Nullable Path dataDir, List<String> jvmOptions)
      throws IOException, InterruptedException {
    return start(dataDir, jvmOptions, Map.of());
  }

  /// As above.
  ///
  /// @param environment settings as variables
  public static Target start(
      @Nullable Path dataDir, List<String> jvmOptions, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path home = dataDir == null ? Directories.temporary("gateway") : dataDir;
    Files.createDirectories(home);
    GatewayProcess process =
        GatewayProcess.start(
            home.resolve("data"), home.resolve("gateway.log"), jvmOptions, 0, environment);
    boolean usable = false;
    try {
      Target target =
          new Target(
              process.access(),
              process.pid(),
              process,
              dataDir == null ? home : null,
              Directories.fileSystem(home));
      usable = true;
      return target;
    } finally {
      if (!usable) {
        process.close();
      }
    }
  }

  /// One that runs already.
  ///
  /// @param dataDir its data directory, for its key and admin token
  /// @param pid its process on this machine, 0 for none
  public static Target running(URI url, Path dataDir, long pid) throws IOException {
    return new Target(
        GatewayAccess.of(dataDir, url), pid, null, null, Directories.fileSystem(dataDir));
  }

  public GatewayAccess access() {
    return access;
  }

  /// Its process on this machine, 0 for none.
  public long pid() {
    return pid;
  }

  public boolean isOwn() {
    return own != null;
  }

  /// The type of the file system that its data is on.
  public String fileSystem() {
    return fileSystem;
  }

  @Override
  public void close() throws IOException {
    if (own != null) {
      own.close();
    }
    if (temporary != null) {
      Directories.delete(temporary);
    }
  }
}
