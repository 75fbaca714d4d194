package dev.aegis.client;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Keeps a file to one user at a time, among all processes, by a lock on a second file beside it.
/// The second file stays, for one that is removed could be locked twice.
///
/// Within the process a set of names does it: POSIX gives up a process's lock when any of its
/// channels on that file is closed, so that the second one must not even be opened.
final class ExclusiveUse implements AutoCloseable {
  private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel lock;

  private ExclusiveUse(Path file, FileChannel lock) {
    this.file = file;
    this.lock = lock;
  }

  /// @param file its directory must exist
  /// @throws IOException somebody uses it
  static ExclusiveUse of(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IOException(file + " is a directory");
    }
    Path real = directory.toRealPath().resolve(file.getFileName());
    if (!IN_USE.add(real)) {
      throw new IOException(file + " is in use by this process");
    }
    FileChannel lock = null;
    boolean taken = false;
    try {
      lock =
          FileChannel.open(
              real.resolveSibling(real.getFileName() + ".lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      if (lock.tryLock() == null) {
        throw new IOException(file + " is in use by another process");
      }
      taken = true;
      return new ExclusiveUse(real, lock);
    } finally {
      if (!taken) {
        if (lock != null) {
          lock.close();
        }
        IN_USE.remove(real);
      }
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
    IN_USE.remove(file);
  }
}
