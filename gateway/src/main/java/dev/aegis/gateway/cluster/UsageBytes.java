package dev.aegis.gateway.cluster;

import dev.aegis.gateway.admission.Usage;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// [Usage] in frames between nodes.
final class UsageBytes {
  private UsageBytes() {}

  /// Writes one item of a list, or reads it.
  private interface Writes<T> {
    void to(DataOutput out, T item) throws IOException;
  }

  private interface Reads<T> {
    T from(DataInput in) throws IOException;
  }

  private static <T> void list(DataOutput out, List<T> items, Writes<T> item) throws IOException {
    out.writeShort(items.size());
    for (T each : items) {
      item.to(out, each);
    }
  }

  private static <T> List<T> list(DataInput in, Reads<T> item) throws IOException {
    int size = in.readUnsignedShort();
    List<T> items = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      items.add(item.from(in));
    }
    return items;
  }

  static void names(DataOutput out, List<String> names) throws IOException {
    list(out, names, DataOutput::writeUTF);
  }

  static List<String> names(DataInput in) throws IOException {
    return list(in, DataInput::readUTF);
  }

  static void taken(DataOutput out, List<Usage.Taken> news) throws IOException {
    list(
        out,
        news,
        (to, each) -> {
          to.writeUTF(each.principal());
          to.writeUTF(each.bucket());
          to.writeLong(each.total());
          to.writeLong(each.before());
        });
  }

  static List<Usage.Taken> taken(DataInput in) throws IOException {
    return list(
        in,
        from -> new Usage.Taken(from.readUTF(), from.readUTF(), from.readLong(), from.readLong()));
  }

  static void known(DataOutput out, List<Usage.Known> known) throws IOException {
    list(
        out,
        known,
        (to, each) -> {
          to.writeUTF(each.principal());
          list(
              to,
              each.levels(),
              (bytes, level) -> {
                bytes.writeUTF(level.bucket());
                bytes.writeLong(level.total());
                bytes.writeLong(level.behindNanos());
              });
          list(
              to,
              each.quota(),
              (bytes, slot) -> {
                bytes.writeLong(slot.ageNanos());
                bytes.writeLong(slot.count());
              });
        });
  }

  static List<Usage.Known> known(DataInput in) throws IOException {
    return list(
        in,
        from -> {
          String principal = from.readUTF();
          List<Usage.Level> levels =
              list(
                  from,
                  bytes -> new Usage.Level(bytes.readUTF(), bytes.readLong(), bytes.readLong()));
          List<Usage.Slot> slots =
              list(from, bytes -> new Usage.Slot(bytes.readLong(), bytes.readLong()));
          return new Usage.Known(principal, levels, slots);
        });
  }
}
