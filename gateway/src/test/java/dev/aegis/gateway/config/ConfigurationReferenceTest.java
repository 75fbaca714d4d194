package dev.aegis.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigurationReferenceTest {
  @Test
  void theDocumentationIsWhatTheSettingsSay() throws IOException {
    Path document = Path.of("..", "docs", "CONFIGURATION.md");
    assertThat(document).as("run: ./aegis config --reference > docs/CONFIGURATION.md").exists();
    assertThat(Files.readString(document))
        .as("run: ./aegis config --reference > docs/CONFIGURATION.md")
        .isEqualTo(ConfigurationReference.markdown());
  }

  @Test
  void documentsEverySetting() {
    assertThat(Settings.all())
        .isNotEmpty()
        .allSatisfy(setting ->
            assertThat(ConfigurationReference.markdown())
                .contains("| `" + setting.key() + "` | ")
                .contains(setting.description()));
  }
}
