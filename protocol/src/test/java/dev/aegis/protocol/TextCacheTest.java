package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TextCacheTest {
  private final TextCache cache = new TextCache();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String keep(String text) {
    byte[] bytes = bytes(text);
    cache.put(bytes, 0, bytes.length, text);
    return text;
  }

  @Test
  void findsWhatItKeepsWhereverItStands() {
    String kept = keep("agent-1");
    byte[] elsewhere = bytes("xxagent-1yy");

    assertThat(cache.find(elsewhere, 2, kept.length())).isSameAs(kept);
    assertThat(cache.find(elsewhere, 1, kept.length())).isNull();
    assertThat(cache.find(elsewhere, 2, kept.length() - 1)).isNull();
  }

  @Test
  void nothingIsTakenForAnother() {
    int found = 0;
    for (int i = 0; i < 10_000; i++) {
      keep("agent-with-a-name-" + i + "-of-many"); // all alike at both ends
      for (int other = 0; other <= i; other += 997) {
        byte[] bytes = bytes("agent-with-a-name-" + other + "-of-many");
        String text = cache.find(bytes, 0, bytes.length);
        assertThat(text).isIn(null, "agent-with-a-name-" + other + "-of-many");
        found += text == null ? 0 : 1;
      }
    }
    assertThat(found).isPositive();
  }

  @Test
  void aLongTextIsNotKept() {
    String text = keep("x".repeat(TextCache.MAX_BYTES + 1));

    assertThat(cache.find(bytes(text), 0, text.length())).isNull();
    assertThat(cache.find(bytes(text), 0, TextCache.MAX_BYTES)).isNull();
  }

  @Test
  void whatDiffersInTheMiddleOnlyIsAnother() {
    keep("agent-1-of-the-north");
    keep("agt-1-2-3");

    assertThat(cache.find(bytes("agent-1-or-the-north"), 0, 20)).isNull();
    assertThat(cache.find(bytes("agt-1-2-4"), 0, 9)).isNull();
  }

  @Test
  void leadingZeroBytesTellTextsApart() {
    keep("a");
    assertThat(cache.find(bytes("\0a"), 0, 2)).isNull();
    assertThat(cache.find(bytes("a"), 0, 1)).isEqualTo("a");
  }

  @Test
  void emptyAndShortTextsAreKept() {
    for (String text :
        new String[] {
          "", "a", "é", "1234567", "12345678", "0123456789abcdef", "0123456789abcdefg"
        }) {
      keep(text);
      assertThat(cache.find(bytes(text), 0, bytes(text).length)).isSameAs(text);
    }
  }

  @Test
  void decodingAgainGivesTheSameTexts() throws EnvelopeException {
    byte[] first = envelope("bob", "task.created");
    byte[] second = envelope("böb", "task.created");

    Message one = (Message) EnvelopeCodec.decode(first, 0, first.length, cache);
    Message two = (Message) EnvelopeCodec.decode(second, 0, second.length, cache);
    RoutingHeader header = RoutingHeader.parse(second, 0, second.length, Limits.defaults(), cache);

    assertThat(one)
        .usingRecursiveComparison()
        .isEqualTo(EnvelopeCodec.decode(first, 0, first.length));
    assertThat(two.type()).isSameAs(one.type());
    assertThat(two.to()).isEqualTo("böb");
    assertThat(header.to()).isSameAs(two.to());
    assertThat(header.from()).isSameAs(one.from());
  }

  @Test
  void whatIsNoUtf8IsRefusedEachTime() {
    byte[] broken = envelope("böb", "type");
    int at = new String(broken, StandardCharsets.ISO_8859_1).indexOf("b\u00c3\u00b6b") + 1;
    broken[at] = (byte) 0xff;
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> EnvelopeCodec.decode(broken, 0, broken.length, cache))
          .isInstanceOf(EnvelopeException.class)
          .hasMessageContaining("to is not UTF-8");
    }
  }

  private static byte[] envelope(String to, String type) {
    return EnvelopeCodec.encode(
        Message.builder(Kind.EVENT, new UUID(1, 2), "alice", to, type)
            .payload(new byte[] {1, 2, 3})
            .build());
  }
}
