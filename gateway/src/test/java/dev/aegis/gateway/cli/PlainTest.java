package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.http.Json;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlainTest {
  private static final String WORDS = "a\033]0;b\007\u009b2J\u007f\r\nc\td \uD83D\uDE00";

  @Test
  void aLineHasNoControlCharacters() {
    assertThat(Plain.of(WORDS))
        .isEqualTo("a\uFFFD]0;b\uFFFD\uFFFD2J\uFFFD\uFFFD\uFFFDc\uFFFDd \uD83D\uDE00");
  }

  @Test
  void jsonSaysTheSameWithoutControlCharacters() {
    String json = Json.write(Map.of("words", WORDS));
    assertThat(json).contains("\u009b");
    assertThat(Plain.json(json).chars()).noneMatch(Character::isISOControl);
    assertThat(Json.parse(Plain.json(json)).path("words").asString()).isEqualTo(WORDS);
  }

  @Test
  void linesHaveBreaksAndTabsOnly() {
    assertThat(Plain.lines(WORDS))
        .isEqualTo("a\uFFFD]0;b\uFFFD\uFFFD2J\uFFFD\uFFFD\nc\td \uD83D\uDE00");
  }
}
