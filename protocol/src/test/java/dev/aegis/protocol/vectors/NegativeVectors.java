package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.vectors.VectorJson.object;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `negative.json`: bytes that must be refused.
public final class NegativeVectors {
  /// What the gateway of the refused envelopes is set to; the payload limit is small so that the
  /// file is.
  public static final int MAX_PAYLOAD_BYTES = 1_024;

  public static final int MAX_HOPS = 16;
  public static final long MAX_TTL_MILLIS = 2_592_000_000L;

  private NegativeVectors() {}

  static Map<String, @Nullable Object> file() throws GeneralSecurityException, IOException {
    return object(
        "x25519_public_keys", NegativeKeys.x25519(),
        "ed25519_public_keys", NegativeKeys.ed25519(),
        "ed25519_signatures", NegativeKeys.signatures(),
        "m1", NegativeHellos.m1(),
        "m2", NegativeGatewayProofs.m2(),
        "m3", NegativeAgentProofs.m3(),
        "records", NegativeRecords.records(),
        "flights", NegativeRecords.flights(),
        "limits", object("payload", MAX_PAYLOAD_BYTES, "hops", MAX_HOPS, "ttl", MAX_TTL_MILLIS),
        "envelopes", NegativeEnvelopes.envelopes(),
        "windows", NegativeWindows.windows());
  }
}
