package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/// Bytes that were stored or sent once, as hexadecimal text in `src/test/resources/formats`, 32
/// bytes a line. `-Daegis.formats.write=true` writes the files that are missing; one that is there
/// is never changed: what is in it lies in databases.
public final class Golden {
  private static final Path FOLDER = Path.of("src", "test", "resources", "formats");
  private static final int LINE_DIGITS = 64;

  private Golden() {}

  /// The bytes of a file.
  public static byte[] read(String name) throws IOException {
    return HexFormat.of()
        .parseHex(
            Files.readAllLines(file(name)).stream()
                .filter(line -> !line.startsWith("#"))
                .collect(Collectors.joining()));
  }

  /// That today's code makes the bytes of a file.
  public static void assertWritten(String name, byte[] written) throws IOException {
    if (Boolean.getBoolean("aegis.formats.write") && Files.notExists(file(name))) {
      String digits = HexFormat.of().formatHex(written);
      List<String> lines =
          digits.isEmpty() ? List.of() : List.of(digits.split("(?<=\\G.{" + LINE_DIGITS + "})"));
      Files.createDirectories(FOLDER);
      Files.write(file(name), lines);
    }
    assertThat(HexFormat.of().formatHex(written))
        .as("%s: nodes of the version before read this, see docs/UPGRADES.md", name)
        .isEqualTo(HexFormat.of().formatHex(read(name)));
  }

  private static Path file(String name) {
    return FOLDER.resolve(name + ".hex");
  }
}
