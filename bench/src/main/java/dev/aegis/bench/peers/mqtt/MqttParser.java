package dev.aegis.bench.peers.mqtt;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/// Reads what an MQTT 3.1.1 server sends. Takes it in pieces cut anywhere; of a PUBLISH only the
/// payload is kept. Confined to one thread.
final class MqttParser {
  private static final int MAX_LENGTH_BYTES = 4;
  private static final int MAX_PACKET_BYTES = 16 << 20;
  private static final int NO_ID = 0;

  /// What was read.
  interface Events {
    /// @param packetId 0 for quality of service 0
    void published(int qos, int packetId, byte[] payload);

    /// CONNACK.
    ///
    /// @param code 0 for accepted
    void connected(int code, boolean sessionPresent);

    /// Any other packet.
    ///
    /// @param packetId 0 where it has none
    void answered(PacketType type, int packetId);
  }

  private enum State {
    TYPE,
    LENGTH,
    TOPIC_LENGTH,
    TOPIC,
    PACKET_ID,
    PAYLOAD,
    BODY
  }

  private final Events events;
  private State state = State.TYPE;
  private PacketType type = PacketType.CONNACK;
  private int flags;

  /// Bytes of the packet that are not read yet; of a length, what is known of it.
  private int left;

  private int lengthBytes;

  /// A two-byte number, and how much of it is there.
  private int number;

  private int numberBytes;
  private int topicLeft;
  private int packetId;
  private byte[] data = new byte[0];
  private int dataBytes;

  MqttParser(Events events) {
    this.events = events;
  }

  /// Reads all of it.
  ///
  /// @throws IOException this is not the protocol
  void feed(ByteBuf in) throws IOException {
    while (in.isReadable()) {
      switch (state) {
        case TYPE -> readType(in.readByte());
        case LENGTH -> readLength(in.readByte());
        case TOPIC_LENGTH -> {
          if (readNumber(in)) {
            topicLeft = number;
            state = State.TOPIC;
            skipTopic(in);
          }
        }
        case TOPIC -> skipTopic(in);
        case PACKET_ID -> {
          if (readNumber(in)) {
            packetId = number;
            payload();
          }
        }
        case PAYLOAD, BODY -> readData(in);
      }
    }
  }

  private void readType(byte first) throws IOException {
    type = PacketType.of((first & 0xff) >> 4);
    flags = first & 0x0f;
    left = 0;
    lengthBytes = 0;
    state = State.LENGTH;
  }

  private void readLength(byte next) throws IOException {
    left |= (next & 0x7f) << (7 * lengthBytes++);
    if (next < 0) {
      if (lengthBytes == MAX_LENGTH_BYTES) {
        throw new IOException("an MQTT length of more than four bytes");
      }
      return;
    }
    if (left > MAX_PACKET_BYTES) {
      throw new IOException("an MQTT packet of " + left + " bytes");
    }
    packetId = NO_ID;
    numberBytes = 0;
    if (type == PacketType.PUBLISH) {
      state = State.TOPIC_LENGTH;
    } else {
      collect(State.BODY);
    }
  }

  private boolean readNumber(ByteBuf in) throws IOException {
    if (left == 0) {
      throw new IOException("an MQTT packet is shorter than it says");
    }
    number = numberBytes == 0 ? in.readUnsignedByte() : (number << 8) | in.readUnsignedByte();
    left--;
    numberBytes++;
    if (numberBytes < 2) {
      return false;
    }
    numberBytes = 0;
    return true;
  }

  private void skipTopic(ByteBuf in) throws IOException {
    if (topicLeft > left) {
      throw new IOException("an MQTT packet is shorter than its topic");
    }
    int length = Math.min(topicLeft, in.readableBytes());
    in.skipBytes(length);
    topicLeft -= length;
    left -= length;
    if (topicLeft == 0) {
      if (qos() > 0) {
        state = State.PACKET_ID;
      } else {
        payload();
      }
    }
  }

  private int qos() {
    return (flags >> 1) & 3;
  }

  private void payload() throws IOException {
    collect(State.PAYLOAD);
  }

  private void collect(State next) throws IOException {
    data = new byte[left];
    dataBytes = 0;
    state = next;
    if (left == 0) {
      complete();
    }
  }

  private void readData(ByteBuf in) throws IOException {
    int length = Math.min(in.readableBytes(), left);
    in.readBytes(data, dataBytes, length);
    dataBytes += length;
    left -= length;
    if (left == 0) {
      complete();
    }
  }

  private void complete() throws IOException {
    boolean publish = state == State.PAYLOAD;
    state = State.TYPE;
    if (publish) {
      events.published(qos(), packetId, data);
    } else if (type == PacketType.CONNACK) {
      if (data.length != 2) {
        throw new IOException("a CONNACK of " + data.length + " bytes");
      }
      events.connected(data[1] & 0xff, (data[0] & 1) != 0);
    } else {
      events.answered(type, data.length < 2 ? NO_ID : ((data[0] & 0xff) << 8) | (data[1] & 0xff));
    }
  }
}
