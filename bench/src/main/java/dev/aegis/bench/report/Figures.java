package dev.aegis.bench.report;

import dev.aegis.gateway.http.Json;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The result of one measurement, in order of insertion: figures by name, then what they come from.
public final class Figures {
  private static final MathContext DIGITS = new MathContext(4);

  private final Map<String, @Nullable Object> values = new LinkedHashMap<>();

  public Figures put(String name, @Nullable Object value) {
    values.put(name, value);
    return this;
  }

  /// Rounded to four digits; not a number becomes null.
  public Figures number(String name, double value) {
    values.put(name, Double.isFinite(value) ? rounded(value) : null);
    return this;
  }

  /// Machine, JDK, commit, time and the command that gives these figures again.
  public Figures provenance(String command, InstantSource clock) {
    values.put("command", command);
    values.put("at", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    values.put("commit", Machine.commit());
    values.put("jdk", Machine.jdk());
    values.put("machine", Machine.describe());
    return this;
  }

  public Map<String, @Nullable Object> values() {
    return values;
  }

  /// One line.
  public String json() {
    return Json.write(values);
  }

  /// A figure for people, `-` for none.
  public String text(String name) {
    return switch (values.get(name)) {
      case null -> "-";
      case Number number -> text(number.doubleValue());
      case Object other -> other.toString();
    };
  }

  /// Four digits, thousands apart.
  public static String text(double value) {
    double rounded = rounded(value);
    return rounded == Math.rint(rounded)
        ? String.format(java.util.Locale.ROOT, "%,d", (long) rounded)
        : BigDecimal.valueOf(rounded).toPlainString();
  }

  /// Four digits, and what is in front of the point.
  public static double rounded(double value) {
    BigDecimal exact = new BigDecimal(value);
    return Math.abs(value) >= 1000 ? Math.rint(value) : exact.round(DIGITS).doubleValue();
  }
}
