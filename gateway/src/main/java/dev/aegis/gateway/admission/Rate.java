package dev.aegis.gateway.admission;

/// A rate limit.
///
/// @param perSecond lasting rate
/// @param burst how many may come at once after a pause
public record Rate(int perSecond, int burst) {
  public Rate {
    if (perSecond < 1 || burst < 1) {
      throw new IllegalArgumentException("a rate and its burst must be positive");
    }
  }

  long intervalNanos() {
    return 1_000_000_000L / perSecond;
  }
}
