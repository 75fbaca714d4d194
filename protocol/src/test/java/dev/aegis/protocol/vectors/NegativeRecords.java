package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.reference.Octets.concat;
import static dev.aegis.protocol.reference.Octets.flip;
import static dev.aegis.protocol.reference.Octets.shorten;
import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.reference.Records;
import dev.aegis.protocol.reference.ReferenceHandshake;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Records that do not open, and flights that opened but are broken.
final class NegativeRecords {
  private NegativeRecords() {}

  /// Each takes the place of record 1 from the agent.
  static List<Object> records() throws GeneralSecurityException, IOException {
    ReferenceHandshake handshake = new ReferenceHandshake(HandshakeVectors.inputs(1));
    byte[] secret = handshake.get("c_ap");
    List<List<byte[]>> flights = RecordVectors.fromAgent();
    byte[] flight = Records.flight(flights.get(1));
    byte[] honest = Records.seal(secret, 1, flight);
    List<Object> cases = new ArrayList<>();
    record(cases, "the first bit of the ciphertext", flip(honest, 0, 0));
    record(cases, "a bit in the middle", flip(honest, honest.length / 2, 3));
    record(cases, "the first bit of the tag", flip(honest, -16, 0));
    record(cases, "the last bit of the tag", flip(honest, -1, 7));
    record(cases, "a byte less", shorten(honest, 1));
    record(cases, "a byte more", concat(honest, new byte[1]));
    record(cases, "nothing", new byte[0]);
    record(cases, "15 bytes", new byte[15]);
    record(cases, "a tag of zeros", new byte[16]);
    record(
        cases, "replayed: record 0 again", Records.seal(secret, 0, Records.flight(flights.get(0))));
    record(cases, "one dropped: record 2", Records.seal(secret, 2, Records.flight(flights.get(2))));
    record(
        cases,
        "reflected: record 1 of the gateway",
        Records.seal(handshake.get("g_ap"), 1, Records.flight(RecordVectors.fromGateway().get(1))));
    record(cases, "sealed with a handshake key", Records.seal(handshake.get("c_hs"), 1, flight));
    return cases;
  }

  static List<Object> flights() {
    List<Object> cases = new ArrayList<>();
    flight(cases, "no item", "");
    flight(cases, "an empty item", "00000000");
    flight(cases, "an empty item behind a good one", "0000000401020304 00000000");
    flight(cases, "a length cut off", "000000");
    flight(cases, "a length without an item", "00000001");
    flight(cases, "an item cut off", "00000005 01020304");
    flight(cases, "a byte behind the last item", "00000002 0102 00");
    flight(cases, "half a length behind the last item", "00000002 0102 0000");
    flight(cases, "a length without an item behind a good one", "00000002 0102 00000001");
    flight(cases, "length 2^31", "80000000 0102");
    flight(cases, "length 2^31 - 1", "7fffffff 0102");
    flight(cases, "length 2^32 - 1", "ffffffff 0102");
    flight(cases, "length 2^32 - 4, which sums to the end", "fffffffc 0102");
    return cases;
  }

  private static void record(List<Object> cases, String name, byte[] bytes) {
    cases.add(object("name", name, "close_code", 4403, "bytes", bytes));
  }

  private static void flight(List<Object> cases, String name, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    cases.add(object("name", name, "close_code", 4405, "bytes", bytes));
  }
}
