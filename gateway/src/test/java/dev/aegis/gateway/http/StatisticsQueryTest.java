package dev.aegis.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.store.StatisticsStore;
import dev.aegis.store.statistics.Counts;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatisticsQueryTest {
  /// A type is any text.
  @ParameterizedTest
  @ValueSource(strings = {"", "task", "two words", "two\nlines", "\r\u2028\u0085"})
  void aPageGoesOnBehindAnyKey(String key) throws ProblemException {
    StatisticsStore.Figure last =
        new StatisticsStore.Figure("default", 495_000, key, "", new Counts());
    StatisticsQuery query =
        new StatisticsQuery(
            "default",
            StatisticsStore.Range.around(495_000, 495_001, false),
            true,
            StatisticsStore.Group.TYPE,
            null,
            new Page(1, Page.decode(Page.cursor(StatisticsQuery.text(last)))));
    assertThat(query.after()).isEqualTo(new StatisticsStore.After(495_000, key, "default"));
  }
}
