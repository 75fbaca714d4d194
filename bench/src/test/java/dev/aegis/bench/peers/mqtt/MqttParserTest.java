package dev.aegis.bench.peers.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MqttParserTest {
  /// Writes down what it hears.
  private static final class Heard implements MqttParser.Events {
    private final List<String> events = new ArrayList<>();

    @Override
    public void published(int qos, int packetId, byte[] payload) {
      String text = new String(payload, StandardCharsets.UTF_8);
      events.add("PUBLISH %d %d %s".formatted(qos, packetId, text));
    }

    @Override
    public void connected(int code, boolean sessionPresent) {
      events.add("CONNACK %d %s".formatted(code, sessionPresent));
    }

    @Override
    public void answered(PacketType type, int packetId) {
      events.add(type + " " + packetId);
    }
  }

  private static List<String> parse(ByteBuf all, int pieceBytes) throws IOException {
    Heard heard = new Heard();
    MqttParser parser = new MqttParser(heard);
    while (all.isReadable()) {
      parser.feed(all.readSlice(Math.min(pieceBytes, all.readableBytes())));
    }
    return heard.events;
  }

  private static ByteBuf hex(String text) {
    return Unpooled.buffer().writeBytes(HexFormat.of().parseHex(text.replace(" ", "")));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 100_000})
  void readsTheSameHoweverItIsCut(int pieceBytes) throws IOException {
    String large = "x".repeat(300);
    ByteBuf all = hex("20 02 01 00  90 03 00 01 02");
    MqttPackets.publish(all, "run/r1", 0, false, 0, "a".getBytes(StandardCharsets.UTF_8));
    MqttPackets.publish(all, "run/r1", 1, false, 7, large.getBytes(StandardCharsets.UTF_8));
    MqttPackets.publish(all, "run/r1", 2, true, 0xffff, new byte[0]);
    MqttPackets.answer(all, PacketType.PUBACK, 258);
    MqttPackets.answer(all, PacketType.PUBREC, 1);
    MqttPackets.answer(all, PacketType.PUBREL, 1);
    MqttPackets.answer(all, PacketType.PUBCOMP, 1);

    assertThat(parse(all, pieceBytes))
        .containsExactly(
            "CONNACK 0 true",
            "SUBACK 1",
            "PUBLISH 0 0 a",
            "PUBLISH 1 7 " + large,
            "PUBLISH 2 65535 ",
            "PUBACK 258",
            "PUBREC 1",
            "PUBREL 1",
            "PUBCOMP 1");
  }

  @Test
  void tellsARefusedConnection() throws IOException {
    assertThat(parse(hex("20 02 00 05"), 100)).containsExactly("CONNACK 5 false");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "f0 00", // no such type in this version
        "20 ff ff ff ff 01", // a length of five bytes
        "30 ff ff ff 7f", // longer than anything sent here
        "30 01 00 00", // no room for the length of the topic
        "30 04 00 03 61 62 63", // a topic beyond the end
        "20 01 00"
      })
  void rejectsWhatIsNoPacket(String bytes) {
    assertThatThrownBy(() -> parse(hex(bytes), 100)).isInstanceOf(IOException.class);
  }
}
