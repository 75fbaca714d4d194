package dev.aegis.protocol;

import org.jspecify.annotations.Nullable;

/// What an envelope is, by the number in its first element (PROTOCOL.md section 6).
public enum Kind {
  REQUEST(1),
  RESPONSE(2),
  EVENT(3),
  HEARTBEAT(4),
  ACK(5),
  NACK(6),
  RECEIPT(7),
  ERROR(8),
  CREDIT(9),
  CANCEL(10),
  SUBSCRIBE(11),
  UNSUBSCRIBE(12),
  SIGNATURE(13),
  DELIVERY(14),
  WELCOME(15),
  GOODBYE(16),
  CONFIRM(17),
  PROGRESS(18),
  GAP(19),
  REKEY(20);

  private static final Kind[] BY_WIRE = values();

  private final int wire;

  Kind(int wire) {
    this.wire = wire;
  }

  public int wire() {
    return wire;
  }

  /// True for the kinds that carry an application's message and count in signing windows.
  public boolean isMessage() {
    return wire <= EVENT.wire;
  }

  /// The kind of a number, or null for one that this version does not know.
  public static @Nullable Kind fromWire(long wire) {
    return wire >= 1 && wire <= BY_WIRE.length ? BY_WIRE[(int) wire - 1] : null;
  }
}
