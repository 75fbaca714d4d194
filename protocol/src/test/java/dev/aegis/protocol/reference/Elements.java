package dev.aegis.protocol.reference;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePacker;

/// The elements of one envelope in their order, by the names of PROTOCOL.md section 6, written by a
/// MessagePack library.
public final class Elements {
  private final Map<String, @Nullable Object> values = new LinkedHashMap<>();

  public static Elements ofKind(int kind) {
    return new Elements().with("kind", kind);
  }

  /// Sets an element; a new one is appended. Values: Integer, Long, Double, Boolean, String,
  /// byte[], UUID, a list of Long (an array), [Ids], a map of strings, null.
  public Elements with(String name, @Nullable Object value) {
    values.put(name, value);
    return this;
  }

  public Map<String, @Nullable Object> values() {
    return values;
  }

  public byte[] pack() throws IOException {
    try (MessageBufferPacker out = MessagePack.newDefaultBufferPacker()) {
      out.packArrayHeader(values.size());
      for (Object value : values.values()) {
        pack(out, value);
      }
      return out.toByteArray();
    }
  }

  /// UUIDs in one bin.
  public record Ids(List<UUID> ids) {
    public Ids {
      ids = List.copyOf(ids);
    }
  }

  private static void pack(MessagePacker out, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> out.packNil();
      case Double number -> out.packDouble(number);
      case Integer number -> out.packInt(number);
      case Long number -> out.packLong(number);
      case Boolean flag -> out.packBoolean(flag);
      case String text -> out.packString(text);
      case byte[] bytes -> out.packBinaryHeader(bytes.length).addPayload(bytes);
      case UUID id -> out.packBinaryHeader(16).addPayload(octets(id));
      case Ids(List<UUID> ids) -> {
        out.packBinaryHeader(16 * ids.size());
        for (UUID id : ids) {
          out.addPayload(octets(id));
        }
      }
      case List<?> list -> {
        out.packArrayHeader(list.size());
        for (Object element : new ArrayList<>(list)) {
          pack(out, element);
        }
      }
      case Map<?, ?> map -> {
        out.packMapHeader(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          pack(out, entry.getKey());
          pack(out, entry.getValue());
        }
      }
      default -> throw new IllegalArgumentException("no element: " + value.getClass());
    }
  }

  private static byte[] octets(UUID id) {
    return Octets.concat(
        Octets.integer(8, id.getMostSignificantBits()),
        Octets.integer(8, id.getLeastSignificantBits()));
  }
}
