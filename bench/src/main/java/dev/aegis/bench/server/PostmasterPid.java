package dev.aegis.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// The first process of an embedded PostgreSQL, by the file that it keeps while it runs.
public final class PostmasterPid {
  private PostmasterPid() {}

  /// @param home of the server
  /// @return empty while it is down, or just coming up or going away
  public static OptionalLong of(Path home) throws IOException {
    try (Stream<String> lines = Files.lines(home.resolve("data/postmaster.pid"))) {
      return lines
          .limit(1)
          .map(String::strip)
          .filter(line -> line.matches("\\d{1,10}"))
          .mapToLong(Long::parseLong)
          .findFirst();
    } catch (NoSuchFileException _) {
      return OptionalLong.empty();
    }
  }
}
