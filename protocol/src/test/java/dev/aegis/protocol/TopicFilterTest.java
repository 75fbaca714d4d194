package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TopicFilterTest {
  private static final Message MESSAGE =
      Message.builder(Kind.EVENT, new UUID(1, 2), "alice", "topic:a", "task")
          .priority(Priority.HIGH)
          .metadata(Map.of("region", "eu", "lang", "de,fr"))
          .build();

  @Test
  void allConditionsMustHold() throws Exception {
    assertThat(passes(Map.of())).isTrue();
    assertThat(passes(Map.of("type", "task", "from", "alice", "meta.region", "eu"))).isTrue();
    assertThat(passes(Map.of("type", "status"))).isFalse();
    assertThat(passes(Map.of("type", "task", "from", "bob"))).isFalse();
    assertThat(passes(Map.of("meta.region", "us"))).isFalse();
    assertThat(passes(Map.of("meta.zone", "eu"))).isFalse();
    assertThat(passes(Map.of("meta.lang", "de,fr"))).isTrue();
  }

  @Test
  void aPriorityIsOneOfASet() throws Exception {
    assertThat(passes(Map.of("priority", "high"))).isTrue();
    assertThat(passes(Map.of("priority", "critical,high"))).isTrue();
    assertThat(passes(Map.of("priority", "normal,low"))).isFalse();
  }

  @Test
  void metadataIsOnlyReadForAConditionAboutIt() throws Exception {
    assertThat(
            TopicFilter.parse(Map.of("type", "task"))
                .passes(
                    "task",
                    Priority.LOW,
                    "bob",
                    () -> {
                      throw new AssertionError("nobody asked for it");
                    }))
        .isTrue();
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    refuses(Map.of("colour", "red"));
    refuses(Map.of("meta.", "red"));
    refuses(Map.of("priority", "urgent"));
    refuses(Map.of("priority", "high,"));
    refuses(Map.of("priority", ""));
  }

  @Test
  void conditionsAreBounded() throws Exception {
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < TopicFilter.MAX_CONDITIONS; i++) {
      many.put("meta.k" + i, "v".repeat(255));
    }
    assertThat(TopicFilter.parse(many).conditions()).isEqualTo(many);
    many.put("type", "task");
    refuses(many);
    refuses(Map.of("type", "t".repeat(256)));
    refuses(Map.of("meta." + "k".repeat(251), "v"));
  }

  private static boolean passes(Map<String, String> conditions) throws EnvelopeException {
    return TopicFilter.parse(conditions).passes(MESSAGE);
  }

  private static void refuses(Map<String, String> conditions) {
    assertThatThrownBy(() -> TopicFilter.parse(conditions))
        .isInstanceOfSatisfying(
            EnvelopeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_FIELD));
  }
}
