package dev.aegis.protocol.vectors;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The published files.
public enum VectorFile {
  HANDSHAKE_SUITE1,
  HANDSHAKE_SUITE2,
  RECORDS,
  ENVELOPES,
  WINDOWS,
  NEGATIVE;

  public String fileName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-') + ".json";
  }

  public Map<String, @Nullable Object> derive() throws GeneralSecurityException, IOException {
    return switch (this) {
      case HANDSHAKE_SUITE1 -> HandshakeVectors.file(1);
      case HANDSHAKE_SUITE2 -> HandshakeVectors.file(2);
      case RECORDS -> RecordVectors.file();
      case ENVELOPES -> EnvelopeVectors.file();
      case WINDOWS -> WindowVectors.file();
      case NEGATIVE -> NegativeVectors.file();
    };
  }
}
