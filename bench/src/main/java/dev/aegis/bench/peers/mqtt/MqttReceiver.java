package dev.aegis.bench.peers.mqtt;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/// Receives, and answers as the quality of service asks. With 2 a message has arrived with its
/// first PUBLISH, and its packet id is remembered until PUBREL (MQTT 3.1.1, 4.3.3, method B).
/// Confined to its session's event loop.
final class MqttReceiver implements MqttSession.Role {
  private final MqttSession session;
  private final Consumer<byte[]> arrivals;
  private final Set<Integer> unreleased = new HashSet<>();

  /// @param session not connected yet
  MqttReceiver(MqttSession session, Consumer<byte[]> arrivals) {
    this.session = session;
    this.arrivals = arrivals;
    session.take(this);
  }

  @Override
  public void ready(boolean sessionPresent) {
    if (!sessionPresent) {
      unreleased.clear(); // the server counts anew
    }
  }

  @Override
  public void published(int qos, int packetId, byte[] payload) {
    switch (qos) {
      case 0 -> arrivals.accept(payload);
      case 1 -> {
        arrivals.accept(payload);
        session.write(out -> MqttPackets.answer(out, PacketType.PUBACK, packetId));
      }
      default -> {
        if (unreleased.add(packetId)) {
          arrivals.accept(payload);
        }
        session.write(out -> MqttPackets.answer(out, PacketType.PUBREC, packetId));
      }
    }
  }

  @Override
  public void answered(PacketType type, int packetId) {
    if (type == PacketType.PUBREL) {
      unreleased.remove(packetId);
      session.write(out -> MqttPackets.answer(out, PacketType.PUBCOMP, packetId));
    }
  }
}
