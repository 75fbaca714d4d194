package dev.aegis.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.gateway.problem.ProblemCode;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RetryWishesTest {
  @Test
  void whatCanBeReadIsTaken() throws Exception {
    RetryWishes.check(Map.of());
    RetryWishes.check(Map.of("timeouts", "x"));
    RetryWishes.check(
        Map.of("retry_policy", "exponential_backoff", "max_retries", "3", "timeout", "300"));
    RetryWishes.check(Map.of("retry_policy", "none", "max_retries", "0", "timeout", "86400"));
    RetryWishes.check(Map.of("max_retries", "1000", "timeout", "1"));
  }

  @ParameterizedTest
  @CsvSource({
    "retry_policy,linear",
    "retry_policy,''",
    "max_retries,1001",
    "max_retries,-1",
    "max_retries,3.5",
    "max_retries,many",
    "max_retries,''",
    "max_retries,9999999999",
    "timeout,0",
    "timeout,86401",
    "timeout,5m"
  })
  void whatCannotIsRefused(String name, String value) {
    assertThatThrownBy(() -> RetryWishes.check(Map.of(name, value)))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ProblemCode.INVALID_REQUEST);
              assertThat(e).hasMessageContaining("metadata." + name);
            });
  }
}
