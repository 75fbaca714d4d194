package dev.aegis.bench.peers.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// Writes what an MQTT 3.1.1 client sends. Texts are ASCII.
final class MqttPackets {
  private static final String PROTOCOL = "MQTT";
  private static final int LEVEL = 4;
  private static final int CLEAN_SESSION = 0x02;
  private static final int WITH_USER_AND_PASSWORD = 0xc0;
  private static final int NO_KEEP_ALIVE = 0;
  private static final int DUPLICATE = 0x08;

  /// PUBREL and SUBSCRIBE have it set.
  private static final int RESERVED_FLAG = 0x02;

  private MqttPackets() {}

  static void connect(
      ByteBuf out, String clientId, boolean cleanSession, String user, String password) {
    int bytes =
        2
            + PROTOCOL.length()
            + 4
            + 2
            + clientId.length()
            + 2
            + user.length()
            + 2
            + password.length();
    head(out, PacketType.CONNECT, 0, bytes);
    text(out, PROTOCOL);
    out.writeByte(LEVEL);
    out.writeByte(WITH_USER_AND_PASSWORD | (cleanSession ? CLEAN_SESSION : 0));
    out.writeShort(NO_KEEP_ALIVE);
    text(out, clientId);
    text(out, user);
    text(out, password);
  }

  static void subscribe(ByteBuf out, int packetId, String topic, int qos) {
    head(out, PacketType.SUBSCRIBE, RESERVED_FLAG, 2 + 2 + topic.length() + 1);
    out.writeShort(packetId);
    text(out, topic);
    out.writeByte(qos);
  }

  /// @param packetId not written for quality of service 0
  static void publish(
      ByteBuf out, String topic, int qos, boolean again, int packetId, byte[] payload) {
    int bytes = 2 + topic.length() + (qos > 0 ? 2 : 0) + payload.length;
    head(out, PacketType.PUBLISH, (qos << 1) | (again ? DUPLICATE : 0), bytes);
    text(out, topic);
    if (qos > 0) {
      out.writeShort(packetId);
    }
    out.writeBytes(payload);
  }

  /// PUBACK, PUBREC, PUBREL or PUBCOMP.
  static void answer(ByteBuf out, PacketType type, int packetId) {
    head(out, type, type == PacketType.PUBREL ? RESERVED_FLAG : 0, 2);
    out.writeShort(packetId);
  }

  private static void head(ByteBuf out, PacketType type, int flags, int bytes) {
    out.writeByte((type.number() << 4) | flags);
    int left = bytes;
    while (left > 0x7f) {
      out.writeByte((left & 0x7f) | 0x80);
      left >>>= 7;
    }
    out.writeByte(left);
  }

  private static void text(ByteBuf out, String text) {
    out.writeShort(text.length());
    ByteBufUtil.writeAscii(out, text);
  }
}
