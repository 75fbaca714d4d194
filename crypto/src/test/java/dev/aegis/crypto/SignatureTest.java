package dev.aegis.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.InvalidKeyException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SignatureTest {
  private static final BigInteger L =
      BigInteger.ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));

  static List<Ed25519> implementations() {
    return Providers.available().ed25519();
  }

  static List<String> rfc8032() { // §7.1: seed, public key, message, signature
    return List.of(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60,"
            + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a,,"
            + "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            + "d25bf5f0595bbe24655141438e7a100b",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb,"
            + "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c,72,"
            + "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            + "387b2eaeb4302aeeb00d291612bb0c00",
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7,"
            + "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025,af82,"
            + "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            + "4a7c15e9716ed28dc027beceea1ec40a");
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void givesTheSignaturesOfRfc8032(Ed25519 ed25519) throws Exception {
    for (String vector : rfc8032()) {
      String[] parts = vector.split(",", -1);
      SigningKey key = ed25519.signingKey(hex(parts[0]));
      assertThat(key.verifyingKey().bytes()).isEqualTo(hex(parts[1]));
      assertThat(key.sign(hex(parts[2]))).isEqualTo(hex(parts[3]));
      assertThat(ed25519.verifyingKey(hex(parts[1])).verify(hex(parts[2]), hex(parts[3]))).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void refusesSignatureWithAnyFlippedBit(Ed25519 ed25519) {
    SigningKey key = ed25519.generate(new SecureRandom());
    byte[] message = {1, 2, 3};
    byte[] signature = key.sign(message);
    for (int bit = 0; bit < signature.length * 8; bit++) {
      byte[] forged = signature.clone();
      forged[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(key.verifyingKey().verify(message, forged)).as("bit %d", bit).isFalse();
    }
    assertThat(key.verifyingKey().verify(new byte[] {1, 2, 4}, signature)).isFalse();
    assertThat(key.verifyingKey().verify(message, Arrays.copyOf(signature, 63))).isFalse();
    assertThat(key.verifyingKey().verify(message, Arrays.copyOf(signature, 65))).isFalse();
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void refusesScalarThatIsNotReduced(Ed25519 ed25519) {
    SigningKey key = ed25519.signingKey(new byte[32]);
    byte[] message = {7};
    byte[] signature = key.sign(message);
    byte[] big = new byte[32];
    for (int i = 0; i < 32; i++) {
      big[i] = signature[63 - i];
    }
    byte[] malleated = new BigInteger(1, big).add(L).toByteArray();
    byte[] forged = signature.clone();
    for (int i = 0; i < 32; i++) {
      forged[32 + i] = i < malleated.length ? malleated[malleated.length - 1 - i] : 0;
    }
    assertThat(key.verifyingKey().verify(message, forged)).isFalse();
  }

  @Test
  void refusesEveryKeyAndEveryRThatIsOfSmallOrderOrNotCanonical() throws Exception {
    List<String> refused = new ArrayList<>();
    for (String y :
        List.of(
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")) {
      byte[] point = hex(y);
      refused.add(y);
      point[31] |= (byte) 0x80;
      refused.add(HexFormat.of().formatHex(point));
    }
    for (Ed25519 ed25519 : implementations()) {
      SigningKey key = ed25519.generate(new SecureRandom());
      byte[] signature = key.sign(new byte[0]);
      for (String point : refused) {
        assertThatThrownBy(() -> ed25519.verifyingKey(hex(point)))
            .as(point)
            .isInstanceOf(InvalidKeyException.class);
        byte[] forged = signature.clone();
        System.arraycopy(hex(point), 0, forged, 0, 32);
        assertThat(key.verifyingKey().verify(new byte[0], forged)).as(point).isFalse();
      }
      assertThatThrownBy(() -> ed25519.verifyingKey(new byte[31]))
          .isInstanceOf(InvalidKeyException.class);
      assertThatThrownBy(() -> ed25519.verifyingKey(new byte[33]))
          .isInstanceOf(InvalidKeyException.class);
    }
  }

  @Test
  void implementationsAcceptEachOthersSignatures() throws Exception {
    byte[] message = {42};
    for (Ed25519 signer : implementations()) {
      SigningKey key = signer.signingKey(hex(rfc8032().get(0).substring(0, 64)));
      for (Ed25519 verifier : implementations()) {
        assertThat(
                verifier
                    .verifyingKey(key.verifyingKey().bytes())
                    .verify(message, key.sign(message)))
            .isTrue();
      }
    }
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
