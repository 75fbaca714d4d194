package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicPatternTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "task.created.eu", "A-1.b_2.c@d", "1"})
  void takesNames(String name) throws Exception {
    assertThat(TopicName.isValid(name)).isTrue();
    assertThat(TopicPattern.parse(name).matches(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "a.", ".a", "a..b", "a b", "ä", "a.*", "*", ">", "a.>", "a/b", "a\n"})
  void refusesOtherNames(String name) {
    assertThat(TopicName.isValid(name)).isFalse();
  }

  @Test
  void namesAreBounded() {
    assertThat(TopicName.isValid("a".repeat(255))).isTrue();
    assertThat(TopicName.isValid("a".repeat(256))).isFalse();
    assertThat(TopicName.isValid(tokens(16))).isTrue();
    assertThat(TopicName.isValid(tokens(17))).isFalse();
  }

  private static String tokens(int count) {
    return IntStream.range(0, count).mapToObj(i -> "t").collect(Collectors.joining("."));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a.>.b", ">.a", "a*", "**", "a.>>", "a. ", "a..>", "a.*.", "a.>b"})
  void refusesWhatIsNoPattern(String text) {
    assertThatThrownBy(() -> TopicPattern.parse(text))
        .isInstanceOfSatisfying(
            EnvelopeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_FIELD));
  }

  @ParameterizedTest
  @CsvSource({
    "task.created, task.created, true",
    "task.created, task.create, false",
    "task.created, task.createdx, false",
    "task, task.created, false",
    "task.created, task, false",
    "task.*, task.created, true",
    "task.*, task, false",
    "task.*, task.created.eu, false",
    "*.created, task.created, true",
    "*, task, true",
    "*.*, task, false",
    "task.>, task, false",
    "task.>, task.created, true",
    "task.>, task.created.eu, true",
    ">, task, true",
    ">, task.created.eu, true",
    "*.>, task, false",
    "a.*.c, a.b.c, true",
    "a.*.c, a.b.d, false",
  })
  void matches(String pattern, String topic, boolean expected) throws Exception {
    assertThat(TopicPattern.parse(pattern).matches(topic)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "a, a, true",
    "a, b, false",
    "a.*, *.b, true",
    "a.*, b.*, false",
    "a.>, a, false",
    "a.>, *.b.c, true",
    ">, a, true",
    "a.b, a.b.c, false",
    "*.>, a, false",
  })
  void overlaps(String one, String other, boolean expected) throws Exception {
    assertThat(TopicPattern.parse(one).overlaps(TopicPattern.parse(other))).isEqualTo(expected);
    assertThat(TopicPattern.parse(other).overlaps(TopicPattern.parse(one))).isEqualTo(expected);
  }

  @Test
  void patternsOverlapWhereSomeTopicMatchesBoth() throws Exception {
    Random random = new Random(7);
    List<String> topics = new ArrayList<>();
    for (int length = 1; length <= 4; length++) {
      for (int i = 0; i < 1 << length; i++) {
        int bits = i;
        topics.add(
            IntStream.range(0, length)
                .mapToObj(at -> (bits >> at & 1) == 0 ? "a" : "b")
                .collect(Collectors.joining(".")));
      }
    }
    for (int run = 0; run < 5_000; run++) {
      TopicPattern one = TopicPattern.parse(pattern(random));
      TopicPattern other = TopicPattern.parse(pattern(random));
      boolean common = topics.stream().anyMatch(t -> one.matches(t) && other.matches(t));
      assertThat(one.overlaps(other)).as("%s and %s", one, other).isEqualTo(common);
    }
  }

  /// Of up to three tokens, so that a common topic has at most four.
  private static String pattern(Random random) {
    int tokens = 1 + random.nextInt(3);
    List<String> made = new ArrayList<>();
    for (int i = 0; i < tokens; i++) {
      boolean last = i == tokens - 1;
      made.add(List.of("a", "b", "*", ">").get(random.nextInt(last ? 4 : 3)));
    }
    return String.join(".", made);
  }
}
