package dev.aegis.gateway.config;

import dev.aegis.gateway.admission.Rate;
import dev.aegis.gateway.webhook.AddressRange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The ways in which values are written.
final class Kinds {
  static final Kind<Path> PATH = Kind.of("a path", Path::of);
  static final Kind<Boolean> SWITCH = choice(Map.of("true", true, "false", false));
  static final Kind<InetSocketAddress> ADDRESS =
      Kind.of("host:port, the port 0 to 65535 (0: any free one)", Kinds::address);
  static final Kind<Rate> RATE =
      Kind.of("messages a second, or messages a second:burst, such as 100:500", Kinds::rate);
  static final Kind<Map<String, Rate>> RATES =
      Kind.of("type=rate pairs, such as chat=100:200,task=50; a mapping in the file", Kinds::rates);
  static final Kind<List<AddressRange>> ADDRESS_RANGES =
      Kind.of("addresses such as 10.1.2.0/24, with commas between them", AddressRange::parseAll);
  static final Kind<String> TEXT = Kind.of("a text", text -> text);
  static final Kind<String> NAME =
      Kind.of("1 to 64 letters, digits and . _ -", text -> matching("[A-Za-z0-9._-]{1,64}", text));
  static final Kind<String> CLUSTER =
      Kind.of(
          "1 to 64 lower-case letters, digits and hyphens",
          text -> matching("[a-z0-9-]{1,64}", text));

  static final Kind<String> KEY =
      Kind.of(
          "16 to 255 visible ASCII characters", text -> matching("[\\x21-\\x7e]{16,255}", text));

  private static final Pattern HOST_PORT =
      Pattern.compile("(\\[[^\\]]+]|[^:\\[\\]\\s]+):(\\d{1,5})");
  private static final Pattern QUANTITY = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");

  private Kinds() {}

  static Kind<Integer> number(int least, int most) {
    return Kind.of(
        least + " to " + most, text -> Math.toIntExact(within(Long.parseLong(text), least, most)));
  }

  /// As [#number], or a word for what is only known when it runs.
  static Kind<Integer> numberOr(String word, int value, int least, int most) {
    Kind<Integer> number = number(least, most);
    return Kind.of(
        word + ", or " + number.allowed(),
        text -> text.equals(word) ? Integer.valueOf(value) : number.parser().parse(text));
  }

  /// A number of bytes.
  static Kind<Long> size(long least, long most) {
    return Kind.of(
        size(least) + " to " + size(most),
        text -> {
          Matcher parts = quantity(text);
          int shift =
              switch (parts.group(2).toLowerCase(Locale.ROOT)) {
                case "", "b" -> 0;
                case "k", "kib" -> 10;
                case "m", "mib" -> 20;
                case "g", "gib" -> 30;
                default -> throw new IllegalArgumentException("not a unit of size");
              };
          return within(
              Math.multiplyExact(Long.parseLong(parts.group(1)), 1L << shift), least, most);
        });
  }

  static Kind<Duration> time(Duration least, Duration most) {
    return Kind.of(
        time(least) + " to " + time(most),
        text -> {
          Matcher parts = quantity(text);
          long unit =
              switch (parts.group(2)) {
                case "ms" -> 1;
                case "s" -> 1_000;
                case "m", "min" -> 60_000;
                case "h" -> 3_600_000;
                case "d" -> 86_400_000;
                default -> throw new IllegalArgumentException("not a unit of time");
              };
          return Duration.ofMillis(
              within(
                  Math.multiplyExact(Long.parseLong(parts.group(1)), unit),
                  least.toMillis(),
                  most.toMillis()));
        });
  }

  static <T> Kind<T> choice(Map<String, T> values) {
    List<String> words = new ArrayList<>(values.keySet());
    if (!(values instanceof LinkedHashMap)) {
      words.sort(null);
    }
    String last = words.removeLast();
    return Kind.of(
        String.join(", ", words) + " or " + last,
        text -> {
          T value = values.get(text.toLowerCase(Locale.ROOT));
          if (value == null) {
            throw new IllegalArgumentException("none of the words");
          }
          return value;
        });
  }

  private static Matcher quantity(String text) {
    Matcher parts = QUANTITY.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not a number with a unit");
    }
    return parts;
  }

  private static long within(long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException("out of range");
    }
    return value;
  }

  private static String matching(String pattern, String text) {
    if (!text.matches(pattern)) {
      throw new IllegalArgumentException("does not match");
    }
    return text;
  }

  private static InetSocketAddress address(String text) {
    Matcher parts = HOST_PORT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not host:port");
    }
    int port = Math.toIntExact(within(Long.parseLong(parts.group(2)), 0, 65_535));
    try {
      return new InetSocketAddress(InetAddress.getByName(parts.group(1)), port);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("there is no host " + parts.group(1), e);
    }
  }

  private static Rate rate(String text) {
    int colon = text.indexOf(':');
    int perSecond = Integer.parseInt(colon < 0 ? text : text.substring(0, colon));
    return new Rate(
        perSecond,
        colon < 0 ? Math.multiplyExact(perSecond, 2) : Integer.parseInt(text.substring(colon + 1)));
  }

  private static Map<String, Rate> rates(String text) {
    Map<String, Rate> rates = new LinkedHashMap<>();
    for (String pair : text.split(",", -1)) {
      int equals = pair.lastIndexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("not type=rate: " + pair);
      }
      String type = pair.substring(0, equals).strip();
      if (rates.put(type, rate(pair.substring(equals + 1).strip())) != null) {
        throw new IllegalArgumentException(type + " comes twice");
      }
    }
    return Map.copyOf(rates);
  }

  private static String size(long bytes) {
    String[] units = {" B", " KiB", " MiB", " GiB"};
    int unit = 0;
    long left = bytes;
    while (unit < units.length - 1 && left >= 1024 && left % 1024 == 0) {
      left /= 1024;
      unit++;
    }
    return left + units[unit];
  }

  private static String time(Duration time) {
    long millis = time.toMillis();
    if (millis % 1_000 != 0 || millis == 0) {
      return millis + " ms";
    }
    long seconds = millis / 1_000;
    if (seconds % 86_400 == 0) {
      return seconds / 86_400 + " d";
    }
    return seconds % 3_600 == 0
        ? seconds / 3_600 + " h"
        : seconds % 60 == 0 ? seconds / 60 + " min" : seconds + " s";
  }
}
