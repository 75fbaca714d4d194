package dev.aegis.bench.peers.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class MqttPacketsTest {
  private static String written(Consumer<ByteBuf> packet) {
    ByteBuf out = Unpooled.buffer();
    packet.accept(out);
    return ByteBufUtil.hexDump(out);
  }

  @Test
  void logsOnWithUserAndPasswordAndNoKeepAlive() {
    assertThat(written(out -> MqttPackets.connect(out, "id", true, "u", "pw")))
        .isEqualTo(
            "1015" + "00044d515454" + "04" + "c2" + "0000" + "00026964" + "000175" + "00027077");
    assertThat(written(out -> MqttPackets.connect(out, "id", false, "u", "pw")))
        .startsWith("101500044d51545404c0");
  }

  @Test
  void subscribes() {
    assertThat(written(out -> MqttPackets.subscribe(out, 1, "a/b", 2)))
        .isEqualTo("8208" + "0001" + "0003612f62" + "02");
  }

  @Test
  void publishesWithAPacketIdOnlyWhereItIsAnswered() {
    byte[] payload = {1, 2};
    assertThat(written(out -> MqttPackets.publish(out, "a", 0, false, 9, payload)))
        .isEqualTo("3005" + "000161" + "0102");
    assertThat(written(out -> MqttPackets.publish(out, "a", 1, false, 9, payload)))
        .isEqualTo("3207" + "000161" + "0009" + "0102");
    assertThat(written(out -> MqttPackets.publish(out, "a", 2, true, 9, payload)))
        .isEqualTo("3c07" + "000161" + "0009" + "0102");
  }

  @Test
  void writesALengthInAsManyBytesAsItTakes() {
    assertThat(written(out -> MqttPackets.publish(out, "a", 0, false, 0, new byte[124])))
        .startsWith("307f" + "000161");
    assertThat(written(out -> MqttPackets.publish(out, "a", 0, false, 0, new byte[125])))
        .startsWith("308001" + "000161");
    assertThat(written(out -> MqttPackets.publish(out, "a", 0, false, 0, new byte[16_381])))
        .startsWith("30808001" + "000161");
  }

  @Test
  void answersAndReleases() {
    assertThat(written(out -> MqttPackets.answer(out, PacketType.PUBACK, 258)))
        .isEqualTo("40020102");
    assertThat(written(out -> MqttPackets.answer(out, PacketType.PUBREL, 1))).isEqualTo("62020001");
  }
}
