package dev.aegis.bench.peers.mqtt;

import dev.aegis.bench.load.Names;
import dev.aegis.bench.load.Sender;
import dev.aegis.protocol.Priority;
import java.util.LinkedHashMap;
import java.util.Map;

/// Publishes with one quality of service. With 1 and 2 it keeps each message until the exchange is
/// over; what was under way when the connection broke goes on with the next one.
final class MqttSender implements Sender, MqttSession.Role {
  private static final int MAX_PACKET_ID = 0xffff;

  private final MqttSession session;
  private final int qos;
  private final Names topics;
  private final String everybody;

  /// By packet id, oldest first. Guarded by this, as what follows.
  private final Map<Integer, Pending> pending = new LinkedHashMap<>();

  private int lastId;

  /// A message under way.
  private static final class Pending {
    final String topic;
    final byte[] payload;
    final Outcome outcome;
    boolean released;

    Pending(String topic, byte[] payload, Outcome outcome) {
      this.topic = topic;
      this.payload = payload;
      this.outcome = outcome;
    }
  }

  /// @param session not connected yet
  /// @param topics by receiver
  /// @param everybody the topic of all receivers
  MqttSender(MqttSession session, int qos, Names topics, String everybody) {
    this.session = session;
    this.qos = qos;
    this.topics = topics;
    this.everybody = everybody;
    session.take(this);
  }

  @Override
  public boolean send(int receiver, Priority priority, byte[] payload, Outcome outcome) {
    return publish(topics.of(receiver), payload, outcome);
  }

  @Override
  public boolean broadcast(Priority priority, byte[] payload, Outcome outcome) {
    return publish(everybody, payload, outcome);
  }

  private boolean publish(String topic, byte[] payload, Outcome outcome) {
    if (qos == 0) {
      if (!session.write(out -> MqttPackets.publish(out, topic, 0, false, 0, payload))) {
        return false;
      }
      outcome.accepted();
      return true;
    }
    synchronized (this) {
      if (pending.size() >= MAX_PACKET_ID) {
        return false;
      }
      do {
        lastId = lastId % MAX_PACKET_ID + 1;
      } while (pending.containsKey(lastId));
      int id = lastId;
      pending.put(id, new Pending(topic, payload, outcome));
      // Where that fails, it is published with the next connection.
      session.write(out -> MqttPackets.publish(out, topic, qos, false, id, payload));
      return true;
    }
  }

  @Override
  public synchronized void ready(boolean sessionPresent) {
    pending.forEach((id, message) ->
        session.write(out -> {
          if (message.released) {
            MqttPackets.answer(out, PacketType.PUBREL, id);
          } else {
            MqttPackets.publish(out, message.topic, qos, true, id, message.payload);
          }
        }));
  }

  @Override
  public void answered(PacketType type, int packetId) {
    Pending message;
    boolean accepted;
    synchronized (this) {
      message = pending.get(packetId);
      if (message == null) {
        return; // the answer to a repetition
      }
      accepted = !message.released;
      if (type == PacketType.PUBREC) {
        message.released = true;
        session.write(out -> MqttPackets.answer(out, PacketType.PUBREL, packetId));
      } else {
        pending.remove(packetId);
      }
    }
    if (accepted) {
      message.outcome.accepted();
    }
  }

  @Override
  public void published(int qos, int packetId, byte[] payload) {} // it subscribes to nothing
}
