package dev.aegis.gateway.net;

/// Which implementation of TLS the listener uses.
public enum TlsEngine {
  /// [#OPENSSL] where its library loads, else [#JDK].
  AUTO,
  /// BoringSSL, which Netty calls OpenSSL.
  OPENSSL,
  /// The JDK's own, which can export keying material for channel binding.
  JDK
}
