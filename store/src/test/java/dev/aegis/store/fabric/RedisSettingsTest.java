package dev.aegis.store.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisURI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RedisSettingsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://localhost",
        "redis://:secret@127.0.0.1:6380/3",
        "rediss://user:se%40cret@redis.example:6390",
        "redis://[::1]:6379",
        "redis-sentinel://:secret@a:26379,b/0#main",
        "rediss-sentinel://a#main",
        "redis-cluster://user:secret@a:7000,b,c:7002",
        "rediss-cluster://a"
      })
  void takesTheFormsThatAreDocumented(String url) {
    assertThat(RedisSettings.of(url).toString()).doesNotContain("cret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost:6379",
        "http://localhost",
        "redis://",
        "redis://a,b",
        "redis://a#main",
        "redis://user:secret@a:123456",
        "redis-sentinel://a,b",
        "redis-cluster://a/1",
        "redis://:secret@a/name"
      })
  void refusesOthersAndDoesNotRepeatThePassword(String url) {
    assertThatThrownBy(() -> RedisSettings.of(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the Redis URL is \"")
        .hasMessageContaining("redis-sentinel://")
        .hasMessageNotContaining("secret");
  }

  @Test
  void readsTheServersOfACluster() {
    RedisTarget target = RedisTarget.parse("rediss-cluster://user:pass@a:7000,b");
    assertThat(target.cluster()).isTrue();
    assertThat(target.uris()).extracting(RedisURI::getHost).containsExactly("a", "b");
    assertThat(target.uris()).extracting(RedisURI::getPort).containsExactly(7000, 6379);
    assertThat(target.uris()).allMatch(RedisURI::isSsl);
    assertThat(target.uris())
        .allMatch(uri -> uri.getVerifyMode() == io.lettuce.core.SslVerifyMode.FULL);
  }

  @Test
  void namesWhatIsOutOfRange() {
    assertThatThrownBy(() ->
            RedisSettings.of("redis://a").withTimeouts(Duration.ofSeconds(1), Duration.ofMillis(1)))
        .hasMessage("commandTimeout is PT0.001S, must be from PT0.05S to PT1M");
    assertThatThrownBy(() -> FabricLimits.defaults().withInbox(0, 1))
        .hasMessage("inboxEntries is 0, must be from 1 to 4194304");
    assertThatThrownBy(() -> new FabricNode("Über", 1))
        .hasMessageContaining("the cluster's name is \"Über\"");
    assertThatThrownBy(() -> new FabricNode("a", 0)).hasMessageContaining("must be positive");
  }
}
