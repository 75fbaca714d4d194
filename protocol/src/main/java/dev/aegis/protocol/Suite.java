package dev.aegis.protocol;

import org.jspecify.annotations.Nullable;

/// A bundle of primitives (PROTOCOL.md 3.1).
public enum Suite {
  X25519(1, false),
  X25519_MLKEM768(2, true);

  private final int wire;
  private final boolean hybrid;

  Suite(int wire, boolean hybrid) {
    this.wire = wire;
    this.hybrid = hybrid;
  }

  public int wire() {
    return wire;
  }

  boolean hybrid() {
    return hybrid;
  }

  int bit() {
    return 1 << (wire - 1);
  }

  static @Nullable Suite fromWire(int wire) {
    for (Suite suite : values()) {
      if (suite.wire == wire) {
        return suite;
      }
    }
    return null;
  }
}
