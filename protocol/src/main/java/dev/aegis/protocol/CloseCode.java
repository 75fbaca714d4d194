package dev.aegis.protocol;

import java.util.Optional;

/// Why a connection ended (PROTOCOL.md section 12): a WebSocket close code and its constant text.
public enum CloseCode {
  NORMAL(1000, "done"),
  HANDSHAKE_FAILED(4400, "handshake failed"),
  REVOKED(4401, "key revoked"),
  TAKEN_OVER(4402, "taken over by a newer session"),
  BAD_RECORD(4403, "record did not open"),
  BAD_SIGNATURE(4404, "signing window did not verify"),
  PROTOCOL_ERROR(4405, "protocol error"),
  RECORD_TOO_LARGE(4406, "record too large"),
  IDLE(4407, "idle"),
  GOING_AWAY(4408, "going away"),
  SESSION_LIMIT(4409, "session limit reached"),
  INTERNAL_ERROR(4410, "internal error"),
  SLOW_PRE_AUTH(4411, "slow before authentication");

  private final int wire;
  private final String text;

  CloseCode(int wire, String text) {
    this.wire = wire;
    this.text = text;
  }

  public int wire() {
    return wire;
  }

  public String text() {
    return text;
  }

  /// True when an agent should connect again by itself.
  public boolean reconnect() {
    return this != NORMAL && this != REVOKED && this != TAKEN_OVER;
  }

  public static Optional<CloseCode> fromWire(int wire) {
    for (CloseCode code : values()) {
      if (code.wire == wire) {
        return Optional.of(code);
      }
    }
    return Optional.empty();
  }
}
