package dev.aegis.store;

import dev.aegis.crypto.StorageCipher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One PostgreSQL for all tests of this JVM; each asks for a database of its own.
final class TestServer {
  static final Path BINARIES = Path.of("target", "postgres-binaries");
  static final StorageCipher CIPHER = StorageCipher.fromKeyset(StorageCipher.newKeyset());
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static @Nullable EmbeddedPostgres server;

  private TestServer() {}

  static synchronized DatabaseSettings freshDatabase() {
    EmbeddedPostgres running = server;
    if (running == null) {
      running = EmbeddedPostgres.start(freshHome(), BINARIES);
      server = running;
    }
    return running.database("test_" + DATABASES.incrementAndGet());
  }

  static Path freshHome() {
    try {
      return Files.createTempDirectory(Files.createDirectories(Path.of("target")), "pg");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
