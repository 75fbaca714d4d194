package dev.aegis.protocol;

import java.util.Locale;
import java.util.Optional;

/// What the gateway promises about a message.
public enum Guarantee {
  BEST_EFFORT(0),
  AT_LEAST_ONCE(1),
  EXACTLY_ONCE(2);

  private static final Guarantee[] BY_WIRE = values();

  private final int wire;

  Guarantee(int wire) {
    this.wire = wire;
  }

  public int wire() {
    return wire;
  }

  /// True when the message is stored before it is acknowledged.
  public boolean isDurable() {
    return this != BEST_EFFORT;
  }

  /// @throws IndexOutOfBoundsException no such guarantee
  public static Guarantee fromWire(long wire) {
    return BY_WIRE[(int) wire];
  }

  /// The name used in JSON and in the database.
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Optional<Guarantee> parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "best-effort" -> Optional.of(BEST_EFFORT);
      case "at-least-once" -> Optional.of(AT_LEAST_ONCE);
      case "exactly-once" -> Optional.of(EXACTLY_ONCE);
      default -> Optional.empty();
    };
  }
}
