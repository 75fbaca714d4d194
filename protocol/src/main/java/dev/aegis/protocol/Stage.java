package dev.aegis.protocol;

import org.jspecify.annotations.Nullable;

/// How far a message has come (PROTOCOL.md 6.5).
public enum Stage {
  STORED(1),
  DELIVERED(2),
  PROCESSED(3),
  FAILED(4),
  EXPIRED(5),
  DEAD(6);

  private static final Stage[] BY_WIRE = values();

  private final int wire;

  Stage(int wire) {
    this.wire = wire;
  }

  public int wire() {
    return wire;
  }

  public static @Nullable Stage fromWire(long wire) {
    return wire >= 1 && wire <= BY_WIRE.length ? BY_WIRE[(int) wire - 1] : null;
  }
}
