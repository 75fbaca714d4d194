package dev.aegis.protocol;

/// How a handshake is tied to the TLS connection it runs in (RFC 9266, RFC 5929). The wire values
/// are bits.
public enum BindingMode {
  NONE(1),
  TLS_EXPORTER(2),
  TLS_SERVER_END_POINT(4);

  private final int wire;

  BindingMode(int wire) {
    this.wire = wire;
  }

  public int wire() {
    return wire;
  }
}
