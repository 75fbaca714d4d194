package dev.aegis.protocol.vectors;

import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.reference.Octets;
import dev.aegis.protocol.reference.Signing;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Keys and signatures that no side accepts, whatever they come in.
final class NegativeKeys {
  /// Encodings of points whose order divides 8, and of coordinates that are not below p.
  private static final List<String> X25519 =
      List.of(
          "0000000000000000000000000000000000000000000000000000000000000000",
          "0100000000000000000000000000000000000000000000000000000000000000",
          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
          "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "0000000000000000000000000000000000000000000000000000000000000080");

  private static final List<String> ED25519_Y =
      List.of(
          "0000000000000000000000000000000000000000000000000000000000000000",
          "0100000000000000000000000000000000000000000000000000000000000000",
          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
          "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");

  /// There is no x that belongs to y = 2.
  private static final String NOT_ON_THE_CURVE =
      "0200000000000000000000000000000000000000000000000000000000000000";

  private NegativeKeys() {}

  static List<byte[]> x25519() {
    return X25519.stream().map(HexFormat.of()::parseHex).toList();
  }

  static List<byte[]> ed25519() throws GeneralSecurityException {
    List<byte[]> keys = new ArrayList<>();
    for (String y : ED25519_Y) {
      byte[] key = HexFormat.of().parseHex(y);
      keys.add(key);
      keys.add(Octets.flip(key, 31, 7)); // the sign of x
    }
    keys.add(HexFormat.of().parseHex(NOT_ON_THE_CURVE));
    keys.add(Signing.plusPointOfOrderTwo(Signing.publicKey(seed())));
    return keys;
  }

  static List<Object> signatures() throws GeneralSecurityException {
    byte[] message = Octets.ascii("signed by nobody");
    byte[] honest = Signing.sign(seed(), message);
    return List.of(
        signature("a flipped bit in R", message, Octets.flip(honest, 0, 0)),
        signature("a flipped bit in S", message, Octets.flip(honest, 40, 3)),
        signature("another message", Octets.ascii("Signed by nobody"), honest),
        signature("S + L for S", message, Signing.withUnreducedScalar(honest)),
        signature("R of small order", message, Signing.withNeutralR(seed(), message)),
        signature(
            "R not below p",
            message,
            Octets.replace(honest, 0, HexFormat.of().parseHex(ED25519_Y.get(6)))),
        signature("63 bytes", message, Octets.shorten(honest, 1)),
        signature("65 bytes", message, Octets.concat(honest, new byte[1])));
  }

  private static byte[] seed() throws GeneralSecurityException {
    return HandshakeVectors.fixed("agent identity");
  }

  private static Object signature(String name, byte[] message, byte[] signature)
      throws GeneralSecurityException {
    return object(
        "name", name,
        "public_key", Signing.publicKey(seed()),
        "message", message,
        "signature", signature);
  }
}
