package dev.aegis.bench.peers.mqtt;

import java.io.IOException;

/// The kinds of control packet that are used here (MQTT 3.1.1, 2.2.1).
enum PacketType {
  CONNECT(1),
  CONNACK(2),
  PUBLISH(3),
  PUBACK(4),
  PUBREC(5),
  PUBREL(6),
  PUBCOMP(7),
  SUBSCRIBE(8),
  SUBACK(9);

  private final int number;

  PacketType(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  static PacketType of(int number) throws IOException {
    return switch (number) {
      case 1 -> CONNECT;
      case 2 -> CONNACK;
      case 3 -> PUBLISH;
      case 4 -> PUBACK;
      case 5 -> PUBREC;
      case 6 -> PUBREL;
      case 7 -> PUBCOMP;
      case 8 -> SUBSCRIBE;
      case 9 -> SUBACK;
      default -> throw new IOException("an MQTT packet of type " + number + " is not expected");
    };
  }
}
