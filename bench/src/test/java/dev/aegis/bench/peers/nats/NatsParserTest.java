package dev.aegis.bench.peers.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NatsParserTest {
  private static final String TRANSCRIPT =
      """
      INFO {"server_id":"x"}\r
      PING\r
      MSG run.r1 1 5\r
      he\r\no\r
      MSG run.r1 7 $JS.ACK.a.b.1.2.3 0\r
      \r
      HMSG _INBOX.s0.42 3 16 16\r
      NATS/1.0 503\r\n\r\n\r
      HMSG run.all 2 reply.9 12 14\r
      NATS/1.0\r\n\r\nhi\r
      -ERR 'Slow Consumer'\r
      """;

  private static final List<String> EVENTS =
      List.of(
          "INFO {\"server_id\":\"x\"}",
          "PING",
          "1 run.r1 -1 - - he\r\no",
          "7 run.r1 -1 $JS.ACK.a.b.1.2.3 - ",
          "3 _INBOX.s0.42 42 - NATS/1.0 503\r\n\r\n ",
          "2 run.all -1 reply.9 NATS/1.0\r\n\r\n hi",
          "-ERR 'Slow Consumer'");

  /// Writes down what it hears.
  private static final class Heard implements NatsParser.Events {
    private final List<String> events = new ArrayList<>();

    @Override
    public void message(MessageLine line, byte @Nullable [] headers, byte[] payload) {
      try {
        String reply = line.reply();
        events.add(
            "%d %s %d %s %s %s"
                .formatted(
                    line.subscription(),
                    line.subject(),
                    line.subjectNumber(),
                    reply == null ? "-" : reply,
                    headers == null ? "-" : new String(headers, StandardCharsets.UTF_8),
                    new String(payload, StandardCharsets.UTF_8)));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void line(String text) {
      events.add(text);
    }
  }

  private static List<String> parse(String text, int pieceBytes) throws IOException {
    Heard heard = new Heard();
    NatsParser parser = new NatsParser(heard);
    ByteBuf all = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    while (all.isReadable()) {
      parser.feed(all.readSlice(Math.min(pieceBytes, all.readableBytes())));
    }
    return heard.events;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64, 100_000})
  void readsTheSameHoweverItIsCut(int pieceBytes) throws IOException {
    assertThat(parse(TRANSCRIPT, pieceBytes)).isEqualTo(EVENTS);
  }

  @Test
  void readsALineLongerThanItsFirstBuffer() throws IOException {
    String info = "INFO " + "x".repeat(5_000);
    assertThat(parse(info + "\r\n", 100)).containsExactly(info);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MSG run.r1 1\r\n",
        "MSG run.r1 1 a b c\r\n",
        "MSG run.r1 1 x\r\n",
        "MSG run.r1 1 99999999999\r\n",
        "HMSG run.r1 1 9 4\r\n",
        "MSG run.r1 1 2\r\nabc\r\n"
      })
  void rejectsWhatIsNoMessage(String text) {
    assertThatThrownBy(() -> parse(text, 100)).isInstanceOf(IOException.class);
  }

  @Test
  void rejectsALineWithoutEnd() {
    assertThatThrownBy(() -> parse("x".repeat(100_000), 1_000))
        .hasMessage("a NATS line is longer than 65536 bytes");
  }
}
