package dev.aegis.gateway.dispatch;

/// Bounds of the lanes of one event loop.
///
/// @param itemsPerClass most items waiting in one class
/// @param bytes most bytes waiting, all classes together
/// @param drainItems most items of one drain
/// @param drainBytes a drain ends once it has reached these bytes
public record LaneBounds(int itemsPerClass, long bytes, int drainItems, long drainBytes) {
  public LaneBounds {
    if (itemsPerClass < 1 || bytes < 1 || drainItems < Lanes.CLASSES || drainBytes < 1) {
      throw new IllegalArgumentException("lane bounds must be positive, a drain at least 4 items");
    }
  }

  public static LaneBounds defaults() {
    return new LaneBounds(16_384, 32L << 20, 512, 512 * 1024);
  }
}
