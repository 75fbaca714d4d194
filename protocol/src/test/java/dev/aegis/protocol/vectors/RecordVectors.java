package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.reference.Elements;
import dev.aegis.protocol.reference.Octets;
import dev.aegis.protocol.reference.Records;
import dev.aegis.protocol.reference.ReferenceHandshake;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `records.json`: the records of the session that `handshake-suite1.json` begins.
public final class RecordVectors {
  private RecordVectors() {}

  static Map<String, @Nullable Object> file() throws GeneralSecurityException, IOException {
    ReferenceHandshake handshake = new ReferenceHandshake(HandshakeVectors.inputs(1));
    return object(
        "handshake", "handshake-suite1.json",
        "agent_to_gateway", direction(handshake.get("c_ap"), fromAgent()),
        "gateway_to_agent", direction(handshake.get("g_ap"), fromGateway()),
        "numbers", numbers(handshake.get("c_ap")));
  }

  /// The flights of a direction, the first of them record 0.
  static List<List<byte[]>> fromAgent() throws GeneralSecurityException, IOException {
    return List.of(
        List.of(sample("heartbeat")),
        List.of(sample("request"), sample("event to all"), sample("signature"), sample("ack")),
        List.of(EnvelopeVectors.message(1).with("payload", Octets.repeat('x', 2_048)).pack()),
        List.of(sample("heartbeat"))); // the first one's plaintext again
  }

  static List<List<byte[]>> fromGateway() throws GeneralSecurityException, IOException {
    return List.of(
        List.of(sample("welcome")),
        List.of(sample("heartbeat answer")),
        List.of(sample("receipt"), sample("delivery"), sample("confirm"), sample("credit")));
  }

  private static byte[] sample(String name) throws GeneralSecurityException, IOException {
    Elements sample = EnvelopeVectors.samples().get(name);
    if (sample == null) {
      throw new IllegalArgumentException("no envelope " + name);
    }
    return sample.pack();
  }

  private static List<Object> direction(byte[] secret, List<List<byte[]>> flights)
      throws GeneralSecurityException {
    List<Object> records = new ArrayList<>();
    for (List<byte[]> envelopes : flights) {
      int number = records.size();
      byte[] flight = Records.flight(envelopes);
      records.add(
          object(
              "number", number,
              "nonce", Records.nonce(secret, number),
              "envelopes", envelopes,
              "flight", flight,
              "record", Records.seal(secret, number, flight)));
    }
    return records;
  }

  /// Where the record number grows by a byte.
  private static List<Object> numbers(byte[] secret) throws GeneralSecurityException {
    List<Object> records = new ArrayList<>();
    for (int number : new int[] {255, 256, 65_536}) {
      byte[] flight = Records.flight(List.of(new byte[] {(byte) 0xc0}));
      records.add(
          object(
              "number",
              number,
              "nonce",
              Records.nonce(secret, number),
              "flight",
              flight,
              "record",
              Records.seal(secret, number, flight)));
    }
    return records;
  }
}
