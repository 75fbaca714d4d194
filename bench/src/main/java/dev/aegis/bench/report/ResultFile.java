package dev.aegis.bench.report;

import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What a benchmark has printed with `--json`, in a file.
public final class ResultFile {
  private ResultFile() {}

  /// The last line that is an object: before it a run may have told of its progress.
  ///
  /// @param benchmarks whose results it may be, one of them
  /// @throws IOException it is not there, or is something else
  public static JsonNode read(Path file, String... benchmarks) throws IOException {
    @Nullable JsonNode found = null;
    try {
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith("{")) {
          found = Json.parse(line);
        }
      }
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + file, e);
    } catch (JacksonException e) {
      throw new IOException(wrong(file, benchmarks), e);
    }
    if (found == null || !List.of(benchmarks).contains(found.path("kind").asString(""))) {
      throw new IOException(wrong(file, benchmarks));
    }
    return found;
  }

  private static String wrong(Path file, String... benchmarks) {
    return file + " is not what bench " + String.join(" or ", benchmarks) + " --json prints";
  }
}
