package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every sentence of what is promised names tests, and they exist.
class DeliveryDocumentTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");

  @Test
  void everySentenceNamesTestsThatExist() throws IOException {
    Map<String, String> sources = sources();
    List<String> lines = Files.readAllLines(ROOT.resolve("docs/DELIVERY.md"));
    List<String> sentences = lines.stream().filter(line -> line.startsWith("- ")).toList();
    assertThat(sentences)
        .hasSizeGreaterThan(40)
        .allSatisfy(sentence ->
            assertThat(sentence)
                .containsPattern("`[A-Z]\\w+\\.\\w+`|\\*Simulation\\*|\\*Chaos\\*"));
    assertThat(lines)
        .allSatisfy(line ->
            NAMED
                .matcher(line)
                .results()
                .forEach(test ->
                    assertThat(sources.getOrDefault(test.group(1), ""))
                        .as(test.group())
                        .containsPattern("void " + test.group(2) + "\\(")));
  }

  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String module : List.of("crypto", "protocol", "store", "gateway", "client", "bench")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          String name = file.getFileName().toString();
          sources.put(name.substring(0, name.indexOf('.')), Files.readString(file));
        }
      }
    }
    return sources;
  }
}
