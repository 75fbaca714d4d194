package dev.aegis.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The README shows what the build compiles.
class ReadmeTest {
  private static final String BEGIN = "```java\n";
  private static final String END = "```\n";

  @Test
  void theExampleIsTheOneThatIsCompiled() throws IOException {
    String source =
        Files.readString(Path.of("src", "test", "java", "dev", "aegis", "example", "Hello.java"));
    String readme = Files.readString(Path.of("README.md"));
    assertThat(readme).contains(BEGIN);
    String block = readme.substring(readme.indexOf(BEGIN) + BEGIN.length());
    assertThat(block.substring(0, block.indexOf(END)))
        .isEqualTo(source.substring(source.indexOf("import ")));
  }
}
