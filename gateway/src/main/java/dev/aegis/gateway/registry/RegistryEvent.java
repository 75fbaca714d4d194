package dev.aegis.gateway.registry;

import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.TopicName;
import dev.aegis.protocol.Uuid7;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Locale;

/// Something that happened in the registry.
///
/// @param id different for all events of all nodes, of ASCII characters
/// @param agent whom it happened to; neither its id nor an organization's needs escaping in JSON
/// @param data a JSON object
public record RegistryEvent(String id, Kind kind, String organization, String agent, String data) {
  /// What happened.
  public enum Kind {
    REGISTERED,
    UPDATED,
    KEY_ROTATED,
    REVOKED,
    CONNECTED,
    DISCONNECTED,
    /// Its state, of one that shows by heartbeats that it is there.
    STATE;

    /// The name in events and topics, such as `key-rotated`.
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /// All of it as a JSON object.
  public String json() {
    String rest = data.substring(1, data.length() - 1);
    return "{\"event\":\"%s\",\"agent_id\":\"%s\",\"organization\":\"%s\"%s}"
        .formatted(kind.label(), agent, organization, rest.isEmpty() ? "" : "," + rest);
  }

  /// As agents hear it that are subscribed to the topic of its kind.
  public Message message(Uuid7 ids, InstantSource clock) {
    return Message.builder(
            dev.aegis.protocol.Kind.EVENT,
            ids.next(),
            "aegis",
            TopicName.PREFIX + "@aegis.registry." + kind.label(),
            "registry")
        .guarantee(Guarantee.BEST_EFFORT)
        .contentType("application/json")
        .timestampMillis(clock.millis())
        .payload(json().getBytes(StandardCharsets.UTF_8))
        .build();
  }

  /// As [RegistryFeed#fromElsewhere] reads it.
  public byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128 + data.length());
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(kind.name());
      out.writeUTF(id);
      out.writeUTF(organization);
      out.writeUTF(agent);
      out.writeUTF(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /// @throws IllegalArgumentException it is none
  static RegistryEvent decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      Kind kind = Kind.valueOf(in.readUTF());
      return new RegistryEvent(in.readUTF(), kind, in.readUTF(), in.readUTF(), in.readUTF());
    } catch (IOException e) {
      throw new IllegalArgumentException("an event that ends too soon", e);
    }
  }
}
