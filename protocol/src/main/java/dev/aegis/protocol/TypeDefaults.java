package dev.aegis.protocol;

/// Priority and guarantee of a message whose sender named neither, by its type.
public record TypeDefaults(Priority priority, Guarantee guarantee) {
  public static TypeDefaults of(String type) {
    return switch (type) {
      case "security" -> new TypeDefaults(Priority.HIGH, Guarantee.EXACTLY_ONCE);
      case "status" -> new TypeDefaults(Priority.LOW, Guarantee.BEST_EFFORT);
      case "error" -> new TypeDefaults(Priority.CRITICAL, Guarantee.EXACTLY_ONCE);
      default -> new TypeDefaults(Priority.NORMAL, Guarantee.AT_LEAST_ONCE);
    };
  }
}
