package dev.aegis.store.statistics;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The bytes of a [Tally] and of [DeliveryTimes], as databases have them: unsigned LEB128 numbers.
///
/// ```
/// tally  = version, names, { length, UTF-8 }, flows, { hour, sender, recipient, type, counts }
/// counts = bit per number that is not 0, those numbers, times
/// times  = buckets, { distance from the bucket before, count }
/// ```
///
/// Senders, recipients and types are indexes of names. Stateless.
public final class TallyCodec {
  private static final int VERSION = 1;
  private static final int MORE = 0x80;
  private static final int LOW = 0x7F;
  private static final int LOW_BITS = 7;

  private TallyCodec() {}

  /// In an order that depends on nothing but what was counted.
  public static byte[] encode(Tally tally) {
    Map<String, Integer> names = new HashMap<>();
    ByteArrayOutputStream texts = new ByteArrayOutputStream();
    ByteArrayOutputStream flows = new ByteArrayOutputStream();
    for (Map.Entry<Flow, Counts> entry : new TreeMap<>(tally.flows()).entrySet()) {
      Flow flow = entry.getKey();
      put(flows, flow.hour());
      for (String name : List.of(flow.sender(), flow.recipient(), flow.type())) {
        Integer known = names.get(name);
        if (known == null) {
          known = names.size();
          names.put(name, known);
          byte[] text = name.getBytes(StandardCharsets.UTF_8);
          put(texts, text.length);
          texts.writeBytes(text);
        }
        put(flows, known);
      }
      put(flows, entry.getValue());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    put(out, VERSION);
    put(out, names.size());
    out.writeBytes(texts.toByteArray());
    put(out, tally.flows().size());
    out.writeBytes(flows.toByteArray());
    return out.toByteArray();
  }

  private static void put(ByteArrayOutputStream out, Counts counts) {
    long[] numbers = counts.numbers();
    long present = 0;
    for (int i = 0; i < numbers.length; i++) {
      present |= numbers[i] == 0 ? 0 : 1L << i;
    }
    put(out, present);
    for (long number : numbers) {
      if (number != 0) {
        put(out, number);
      }
    }
    put(out, counts.times);
  }

  private static void put(ByteArrayOutputStream out, DeliveryTimes times) {
    put(out, times.size());
    int before = 0;
    for (int i = 0; i < times.size(); i++) {
      put(out, times.bucketAt(i) - before);
      put(out, times.countAt(i));
      before = times.bucketAt(i);
    }
  }

  private static void put(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~LOW) != 0) {
      out.write((int) (rest & LOW) | MORE);
      rest >>>= LOW_BITS;
    }
    out.write((int) rest);
  }

  /// @throws IllegalArgumentException they are not of a tally, or of a later version's
  public static Tally decode(byte[] bytes) {
    Input in = new Input(bytes);
    if (in.number() != VERSION) {
      throw new IllegalArgumentException("statistics of an unknown version");
    }
    List<String> names = new ArrayList<>();
    for (long left = in.number(); left > 0; left--) {
      names.add(in.text());
    }
    Tally tally = new Tally();
    for (long left = in.number(); left > 0; left--) {
      Flow flow =
          new Flow(Math.toIntExact(in.number()), in.name(names), in.name(names), in.name(names));
      in.counts(tally.of(flow));
    }
    in.end();
    return tally;
  }

  public static byte[] encode(DeliveryTimes times) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    put(out, times);
    return out.toByteArray();
  }

  /// Adds up what was encoded.
  ///
  /// @throws IllegalArgumentException the bytes are not of times
  public static void decode(byte[] bytes, DeliveryTimes into) {
    Input in = new Input(bytes);
    in.times(into);
    in.end();
  }

  /// Reads; whatever is wrong is an [IllegalArgumentException].
  private static final class Input {
    private final byte[] bytes;
    private int at;

    Input(byte[] bytes) {
      this.bytes = bytes;
    }

    long number() {
      long value = 0;
      for (int shift = 0; shift < Long.SIZE; shift += LOW_BITS) {
        if (at == bytes.length) {
          throw new IllegalArgumentException("statistics end early");
        }
        byte next = bytes[at++];
        value |= (long) (next & LOW) << shift;
        if (next >= 0) {
          return value;
        }
      }
      throw new IllegalArgumentException("a number in statistics is too long");
    }

    String text() {
      long length = number();
      if (length < 0 || length > bytes.length - at) {
        throw new IllegalArgumentException("a name in statistics is too long");
      }
      int end = at + (int) length;
      String text = new String(Arrays.copyOfRange(bytes, at, end), StandardCharsets.UTF_8);
      at = end;
      return text;
    }

    String name(List<String> names) {
      long index = number();
      if (index < 0 || index >= names.size()) {
        throw new IllegalArgumentException("a name in statistics is missing");
      }
      return names.get((int) index);
    }

    void counts(Counts into) {
      long present = number();
      long[] numbers = new long[Counts.NUMBERS];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (present >> i & 1) == 0 ? 0 : number();
      }
      into.numbers(numbers);
      times(into.times);
    }

    void times(DeliveryTimes into) {
      int bucket = 0;
      for (long left = number(); left > 0; left--) {
        bucket += Math.toIntExact(number());
        into.add(bucket, number());
      }
    }

    void end() {
      if (at != bytes.length) {
        throw new IllegalArgumentException("statistics go on behind their end");
      }
    }
  }
}
