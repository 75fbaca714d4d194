package dev.aegis.bench.peers.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class NatsCommandsTest {
  private static final byte[] PAYLOAD = "hello world!".getBytes(StandardCharsets.UTF_8);

  private static String written(Consumer<ByteBuf> command) {
    ByteBuf out = Unpooled.buffer();
    command.accept(out);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void publishes() {
    assertThat(written(out -> NatsCommands.publish(out, "a.b", null, PAYLOAD)))
        .isEqualTo("PUB a.b 12\r\nhello world!\r\n");
    assertThat(written(out -> NatsCommands.publish(out, "a.b", "r.1", NatsCommands.ACKNOWLEDGE)))
        .isEqualTo("PUB a.b r.1 4\r\n+ACK\r\n");
  }

  @Test
  void countsHeadersAndPayloadOfWhatHasAnId() {
    String headers = "NATS/1.0\r\nNats-Msg-Id: id-7\r\n\r\n";
    assertThat(written(out -> NatsCommands.publishOnce(out, "a.b", "r.1", "id-7", PAYLOAD)))
        .isEqualTo(
            "HPUB a.b r.1 %d %d\r\n%shello world!\r\n"
                .formatted(headers.length(), headers.length() + PAYLOAD.length, headers));
  }

  @Test
  void subscribesAndAnswers() {
    assertThat(written(out -> NatsCommands.subscribe(out, "a.>", 3))).isEqualTo("SUB a.> 3\r\n");
    assertThat(written(NatsCommands::ping)).isEqualTo("PING\r\n");
    assertThat(written(NatsCommands::pong)).isEqualTo("PONG\r\n");
  }
}
