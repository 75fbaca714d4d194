package dev.aegis.protocol;

import java.util.Locale;
import java.util.Optional;

/// The four classes of messages; a smaller number overtakes a larger one.
public enum Priority {
  CRITICAL(0),
  HIGH(1),
  NORMAL(2),
  LOW(3);

  private static final Priority[] BY_WIRE = values();

  private final int wire;

  Priority(int wire) {
    this.wire = wire;
  }

  public int wire() {
    return wire;
  }

  /// @throws IndexOutOfBoundsException no such class
  public static Priority fromWire(long wire) {
    return BY_WIRE[(int) wire];
  }

  /// The name used in JSON and in the database.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Reads what people write: a name, the aliases `urgent` and `medium`, or an integer from 1
  /// (highest) to 10.
  public static Optional<Priority> parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "critical", "urgent", "1", "2" -> Optional.of(CRITICAL);
      case "high", "3", "4" -> Optional.of(HIGH);
      case "normal", "medium", "5", "6", "7" -> Optional.of(NORMAL);
      case "low", "8", "9", "10" -> Optional.of(LOW);
      default -> Optional.empty();
    };
  }
}
