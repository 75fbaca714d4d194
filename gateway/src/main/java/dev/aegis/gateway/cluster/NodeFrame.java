package dev.aegis.gateway.cluster;

import dev.aegis.gateway.admission.Usage;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
  byte GROUPS = 23;
  byte GROUPS_WANTED = 24;
  byte USAGE_TOLD = 25;
  byte USAGE_WANTED = 26;
  byte USAGE_KNOWN = 27;

  /// Room that most frames of numbers need.
  int SMALL = 256;

  byte REGISTRY_CHANGED = 28;
  byte CHOSEN = 29;

  /// A best-effort message to an agent of the receiver.
  ///
  /// @param organization the sender's
  /// @param delivery an encoded delivery
  record ToAgent(String organization, byte[] delivery) implements NodeFrame {}

  /// A best-effort message to an agent of the receiver that was chosen by what it is able to do.
  ///
  /// @param organization the sender's, and the only one it may reach
  /// @param delivery an encoded delivery
  record ToChosen(String agent, String organization, byte[] delivery) implements NodeFrame {}

  /// A control envelope that tells an agent of the receiver what became of its messages.
  record Answer(String agent, byte[] control) implements NodeFrame {}

  /// A control envelope of an agent to one of the receiver.
  ///
  /// @param organization the sender's, and the only one it may reach
  record Control(String agent, String organization, byte[] control) implements NodeFrame {}

  /// A message to `*`.
  record Broadcast(String organization, byte[] delivery) implements NodeFrame {}

  /// A message to a topic.
  ///
  /// @param turns which node serves which queue group; nobody else may
  /// @param onlyTurns whether it is for those alone
  record ToTopic(String organization, Map<String, Long> turns, boolean onlyTurns, byte[] envelope)
      implements NodeFrame {
    public ToTopic {
      turns = Map.copyOf(turns);
    }
  }

  /// An agent was added, changed or revoked.
  record AgentChanged(String agent) implements NodeFrame {}

  /// The durable subscriptions of an agent have changed.
  record SubscriptionsChanged(String agent) implements NodeFrame {}

  /// Members of queue groups that are connected at the sender ([GroupsHere]).
  ///
  /// @param number one more than that of the frame before it; without changes, that of the last
  /// @param whole whether it begins to tell everything
  record Groups(long node, long number, boolean whole, List<GroupChange> changes)
      implements NodeFrame {
    public Groups {
      changes = List.copyOf(changes);
    }
  }

  /// The sender has missed some of that.
  record GroupsWanted() implements NodeFrame {}

  /// What the sender has used of rates and quotas.
  record UsageTold(long node, List<Usage.Taken> news) implements NodeFrame {
    public UsageTold {
      news = List.copyOf(news);
    }
  }

  /// The sender has met these principals for the first time.
  record UsageWanted(long node, List<String> principals) implements NodeFrame {
    public UsageWanted {
      principals = List.copyOf(principals);
    }
  }

  /// What the sender knows of such ones.
  record UsageKnown(List<Usage.Known> known) implements NodeFrame {
    public UsageKnown {
      known = List.copyOf(known);
    }
  }

  /// The registry has changed.
  record RegistryChanged(byte[] event) implements NodeFrame {}

  default byte[] encode() {
    return switch (this) {
      case ToAgent(String organization, byte[] delivery) -> bytes(MESSAGE, delivery, organization);
      case ToChosen(String agent, String organization, byte[] delivery) ->
          bytes(CHOSEN, delivery, agent, organization);
      case Answer(String agent, byte[] control) -> bytes(ANSWER, control, agent);
      case Control(String agent, String organization, byte[] control) ->
          bytes(CONTROL, control, agent, organization);
      case Broadcast(String organization, byte[] delivery) ->
          bytes(BROADCAST, delivery, organization);
      case ToTopic topic ->
          written(
              256 + topic.envelope.length,
              out -> {
                out.writeByte(TOPIC);
                out.writeUTF(topic.organization);
                out.writeBoolean(topic.onlyTurns);
                out.writeShort(topic.turns.size());
                for (Map.Entry<String, Long> turn : topic.turns.entrySet()) {
                  out.writeUTF(turn.getKey());
                  out.writeLong(turn.getValue());
                }
                out.write(topic.envelope);
              });
      case AgentChanged(String agent) -> bytes(AGENT_CHANGED, new byte[0], agent);
      case SubscriptionsChanged(String agent) -> bytes(SUBSCRIPTIONS_CHANGED, new byte[0], agent);
      case Groups groups ->
          written(
              SMALL,
              out -> {
                out.writeByte(GROUPS);
                out.writeLong(groups.node);
                out.writeLong(groups.number);
                out.writeBoolean(groups.whole);
                out.writeShort(groups.changes.size());
                for (GroupChange change : groups.changes) {
                  change.write(out);
                }
              });
      case GroupsWanted() -> bytes(GROUPS_WANTED, new byte[0]);
      case UsageTold told ->
          written(
              SMALL,
              out -> {
                out.writeByte(USAGE_TOLD);
                out.writeLong(told.node);
                UsageBytes.taken(out, told.news);
              });
      case UsageWanted wanted ->
          written(
              SMALL,
              out -> {
                out.writeByte(USAGE_WANTED);
                out.writeLong(wanted.node);
                UsageBytes.names(out, wanted.principals);
              });
      case UsageKnown known ->
          written(
              SMALL,
              out -> {
                out.writeByte(USAGE_KNOWN);
                UsageBytes.known(out, known.known);
              });
      case RegistryChanged(byte[] event) -> bytes(REGISTRY_CHANGED, event);
    };
  }

  private static byte[] bytes(byte kind, byte[] last, String... texts) {
    return written(
        64 + last.length,
        out -> {
          out.writeByte(kind);
          for (String text : texts) {
            out.writeUTF(text);
          }
          out.write(last);
        });
  }

  /// Writes a frame.
  interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private static byte[] written(int sizeBytes, Writing frame) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(sizeBytes);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      frame.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /// @throws IllegalArgumentException it is none
  static NodeFrame decode(byte[] frame) {
    try (DataInputStream in = new FrameInput(frame)) {
      byte kind = in.readByte();
      return switch (kind) {
        case MESSAGE -> new ToAgent(in.readUTF(), in.readAllBytes());
        case ANSWER -> new Answer(in.readUTF(), in.readAllBytes());
        case CONTROL -> new Control(in.readUTF(), in.readUTF(), in.readAllBytes());
        case BROADCAST -> new Broadcast(in.readUTF(), in.readAllBytes());
        case TOPIC -> topic(in);
        case AGENT_CHANGED -> new AgentChanged(in.readUTF());
        case SUBSCRIPTIONS_CHANGED -> new SubscriptionsChanged(in.readUTF());
        case CHOSEN -> new ToChosen(in.readUTF(), in.readUTF(), in.readAllBytes());
        case GROUPS -> groups(in);
        case GROUPS_WANTED -> new GroupsWanted();
        case USAGE_TOLD -> new UsageTold(in.readLong(), UsageBytes.taken(in));
        case USAGE_WANTED -> new UsageWanted(in.readLong(), UsageBytes.names(in));
        case USAGE_KNOWN -> new UsageKnown(UsageBytes.known(in));
        case REGISTRY_CHANGED -> new RegistryChanged(in.readAllBytes());
        default -> throw new IllegalArgumentException("frame " + kind);
      };
    } catch (IOException e) {
      throw new IllegalArgumentException("a frame that ends too soon", e);
    }
  }

  private static ToTopic topic(DataInputStream in) throws IOException {
    String organization = in.readUTF();
    boolean onlyTurns = in.readBoolean();
    Map<String, Long> turns = new HashMap<>();
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      turns.put(in.readUTF(), in.readLong());
    }
    return new ToTopic(organization, turns, onlyTurns, in.readAllBytes());
  }

  private static Groups groups(DataInputStream in) throws IOException {
    long node = in.readLong();
    long number = in.readLong();
    boolean whole = in.readBoolean();
    List<GroupChange> changes = new ArrayList<>();
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      changes.add(GroupChange.read(in));
    }
    return new Groups(node, number, whole, changes);
  }
}
