package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.reference.Octets.concat;
import static dev.aegis.protocol.reference.Octets.replace;
import static dev.aegis.protocol.reference.Octets.shorten;
import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.reference.Octets;
import dev.aegis.protocol.reference.ReferenceHandshake;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Versions of M1 that a gateway refuses.
final class NegativeHellos {
  private static final int SUITES = 2;
  private static final int BINDING = 4;
  private static final int EXTENSIONS = 5;
  private static final int RESERVED = 6;
  private static final int SHARE = 40;
  private static final int MLKEM = 72;

  private final List<Object> cases = new ArrayList<>();
  private final byte[] classical;
  private final byte[] hybrid;

  private NegativeHellos() throws GeneralSecurityException {
    this.classical = new ReferenceHandshake(HandshakeVectors.inputs(1)).get("m1");
    this.hybrid = new ReferenceHandshake(HandshakeVectors.inputs(2)).get("m1");
  }

  static List<Object> m1() throws GeneralSecurityException {
    NegativeHellos hellos = new NegativeHellos();
    hellos.forms();
    hellos.extensions();
    hellos.offers();
    hellos.shares();
    return hellos.cases;
  }

  private void forms() {
    form("nothing", new byte[0]);
    form("the type alone", new byte[] {1});
    form("another type", replace(classical, 0, new byte[] {2}));
    form("version 0", replace(classical, 1, new byte[] {0}));
    form("version 2", replace(classical, 1, new byte[] {2}));
    form("reserved byte 6", replace(classical, RESERVED, new byte[] {1}));
    form("reserved byte 7", replace(classical, RESERVED + 1, new byte[] {(byte) 0x80}));
    form("a byte less", shorten(classical, 1));
    form("a byte more", concat(classical, new byte[1]));
    form("suite 2 without its key", replace(classical, SUITES, new byte[] {0, 3}));
    add(2, "form", "ML-KEM key a byte less", shorten(hybrid, 1));
    add(2, "form", "ML-KEM key a byte more", concat(hybrid, new byte[1]));
    add(2, "form", "an ML-KEM key but suite 1 only", replace(hybrid, SUITES, new byte[] {0, 1}));
  }

  private void extensions() {
    form("extension bit 04", extended(4, new byte[0]));
    form("extension bit 80", extended(0x80, new byte[0]));
    form("a cookie announced, none there", extended(1, new byte[0]));
    form("a cookie's length cut off", extended(1, new byte[1]));
    form("a cookie of 0 bytes", extended(1, new byte[] {0, 0}));
    form("a cookie of 256 bytes", extended(1, concat(new byte[] {1, 0}, new byte[256])));
    form("a cookie longer than the message", extended(1, new byte[] {0, 9, 1, 2}));
    form("a cookie unannounced", concat(classical, new byte[] {0, 1, 7}));
    form("a ticket of 0 bytes", extended(2, new byte[] {0, 0}));
    form("a ticket of 513 bytes", extended(2, concat(new byte[] {2, 1}, new byte[513])));
    form("both announced, one there", extended(3, new byte[] {0, 1, 7}));
  }

  private void offers() {
    add(1, "offer", "no suite", replace(classical, SUITES, new byte[] {0, 0}));
    add(1, "offer", "suite 3 only", replace(classical, SUITES, new byte[] {0, 4}));
    add(
        1,
        "offer",
        "an unknown suite only",
        replace(classical, SUITES, new byte[] {(byte) 0x80, 0}));
    add(2, "offer", "suite 4 only", replace(hybrid, SUITES, new byte[] {0, 8}));
    add(1, "offer", "no binding mode", replace(classical, BINDING, new byte[] {0}));
    add(1, "offer", "an unknown binding mode only", replace(classical, BINDING, new byte[] {8}));
    add(
        1,
        "offer",
        "tls-exporter only, and the gateway has none",
        replace(classical, BINDING, new byte[] {2}));
  }

  private void shares() {
    for (byte[] point : NegativeKeys.x25519()) {
      String name = "X25519 key " + HexFormat.of().formatHex(point, 0, 4) + "…";
      add(1, "key share", name, replace(classical, SHARE, point));
    }
    add(
        2,
        "key share",
        "X25519 key 0 beside a good ML-KEM key",
        replace(hybrid, SHARE, new byte[32]));
    add(
        2,
        "key share",
        "the first ML-KEM coefficient is q",
        replace(hybrid, MLKEM, new byte[] {0x01, (byte) ((hybrid[MLKEM + 1] & 0xf0) | 0x0d)}));
    add(
        2,
        "key share",
        "the last ML-KEM coefficient is 4095",
        replace(
            hybrid, MLKEM + 1150, new byte[] {(byte) (hybrid[MLKEM + 1150] | 0xf0), (byte) 0xff}));
  }

  private byte[] extended(int extensions, byte[] behind) {
    return concat(replace(classical, EXTENSIONS, Octets.integer(1, extensions)), behind);
  }

  private void form(String name, byte[] bytes) {
    add(1, "form", name, bytes);
  }

  private void add(int suite, String check, String name, byte[] bytes) {
    cases.add(
        object(
            "name", name,
            "handshake", "handshake-suite" + suite + ".json",
            "check", check,
            "close_code", 4400,
            "bytes", bytes));
  }
}
