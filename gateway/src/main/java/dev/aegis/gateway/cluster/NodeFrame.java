package dev.aegis.gateway.cluster;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/// What nodes pass on for each other's agents. Encoded: a byte that says which, texts as Java's
/// modified UTF-8 behind their length, int16, and last the bytes.
sealed interface NodeFrame {
  /// Numbers below are the store's.
  byte MESSAGE = 16;

  byte ANSWER = 17;
  byte CONTROL = 18;
  byte BROADCAST = 19;
  byte TOPIC = 20;
  byte AGENT_CHANGED = 21;
  byte SUBSCRIPTIONS_CHANGED = 22;
  byte REGISTRY_CHANGED = 23;

  /// A best-effort message to an agent of the receiver.
  ///
  /// @param organization the sender's
  /// @param delivery an encoded delivery
  record ToAgent(String organization, byte[] delivery) implements NodeFrame {}

  /// A control envelope that tells an agent of the receiver what became of its messages.
  record Answer(String agent, byte[] control) implements NodeFrame {}

  /// A control envelope of an agent to one of the receiver.
  ///
  /// @param organization the sender's, and the only one it may reach
  record Control(String agent, String organization, byte[] control) implements NodeFrame {}

  /// A message to `*`.
  record Broadcast(String organization, byte[] delivery) implements NodeFrame {}

  /// A message to a topic.
  record ToTopic(String organization, byte[] envelope) implements NodeFrame {}

  /// An agent was added, changed or revoked.
  record AgentChanged(String agent) implements NodeFrame {}

  /// The durable subscriptions of an agent have changed.
  record SubscriptionsChanged(String agent) implements NodeFrame {}

  /// The registry has changed.
  record RegistryChanged(byte[] event) implements NodeFrame {}

  default byte[] encode() {
    return switch (this) {
      case ToAgent(String organization, byte[] delivery) -> bytes(MESSAGE, delivery, organization);
      case Answer(String agent, byte[] control) -> bytes(ANSWER, control, agent);
      case Control(String agent, String organization, byte[] control) ->
          bytes(CONTROL, control, agent, organization);
      case Broadcast(String organization, byte[] delivery) ->
          bytes(BROADCAST, delivery, organization);
      case ToTopic(String organization, byte[] envelope) -> bytes(TOPIC, envelope, organization);
      case AgentChanged(String agent) -> bytes(AGENT_CHANGED, new byte[0], agent);
      case SubscriptionsChanged(String agent) -> bytes(SUBSCRIPTIONS_CHANGED, new byte[0], agent);
      case RegistryChanged(byte[] event) -> bytes(REGISTRY_CHANGED, event);
    };
  }

  private static byte[] bytes(byte kind, byte[] last, String... texts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 + last.length);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(kind);
      for (String text : texts) {
        out.writeUTF(text);
      }
      out.write(last);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /// @throws IllegalArgumentException it is none
  static NodeFrame decode(byte[] frame) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(frame))) {
      byte kind = in.readByte();
      return switch (kind) {
        case MESSAGE -> new ToAgent(in.readUTF(), in.readAllBytes());
        case ANSWER -> new Answer(in.readUTF(), in.readAllBytes());
        case CONTROL -> new Control(in.readUTF(), in.readUTF(), in.readAllBytes());
        case BROADCAST -> new Broadcast(in.readUTF(), in.readAllBytes());
        case TOPIC -> new ToTopic(in.readUTF(), in.readAllBytes());
        case AGENT_CHANGED -> new AgentChanged(in.readUTF());
        case SUBSCRIPTIONS_CHANGED -> new SubscriptionsChanged(in.readUTF());
        case REGISTRY_CHANGED -> new RegistryChanged(in.readAllBytes());
        default -> throw new IllegalArgumentException("frame " + kind);
      };
    } catch (IOException e) {
      throw new IllegalArgumentException("a frame that ends too soon", e);
    }
  }
}
