package dev.aegis.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.InvalidKeyException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeyAgreementTest {
  static List<X25519> x25519s() {
    return Providers.available().x25519();
  }

  static List<MlKem768> mlKems() {
    return Providers.available().mlKem768();
  }

  @ParameterizedTest
  @MethodSource("x25519s")
  void givesTheResultsOfRfc7748(X25519 x25519) throws Exception {
    assertThat(
            x25519
                .keyPair(hex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"))
                .agree(hex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493")))
        .isEqualTo(hex("95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"));
    byte[] k = new byte[32];
    k[0] = 9;
    byte[] u = k.clone();
    for (int i = 0; i < 1000; i++) { // §5.2, iterated
      byte[] next = x25519.keyPair(k).agree(u);
      u = k;
      k = next;
      if (i == 0) {
        assertThat(k)
            .isEqualTo(hex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"));
      }
    }
    assertThat(k)
        .isEqualTo(hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"));
  }

  @ParameterizedTest
  @MethodSource("x25519s")
  void refusesPointsThatMakeTheSecretZeroAndWrongLengths(X25519 x25519) {
    X25519.KeyPair pair = x25519.generate(new SecureRandom());
    for (String point :
        List.of(
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")) {
      assertThatThrownBy(() -> pair.agree(hex(point)))
          .as(point)
          .isInstanceOf(InvalidKeyException.class);
    }
    assertThatThrownBy(() -> pair.agree(new byte[31])).isInstanceOf(InvalidKeyException.class);
    assertThatThrownBy(() -> pair.agree(new byte[33])).isInstanceOf(InvalidKeyException.class);
  }

  @ParameterizedTest
  @MethodSource("mlKems")
  void implementationsOfMlKemOpenWhatAnyOtherSealed(MlKem768 mlKem) throws Exception {
    for (MlKem768 other : mlKems()) {
      MlKem768.KeyPair pair = other.generate(new SecureRandom());
      MlKem768.Encapsulation sealed =
          mlKem.encapsulate(pair.encapsulationKey(), new SecureRandom());
      assertThat(sealed.ciphertext()).hasSize(MlKem768.CIPHERTEXT_BYTES);
      assertThat(pair.decapsulate(sealed.ciphertext())).isEqualTo(sealed.sharedSecret());
      byte[] altered = sealed.ciphertext().clone();
      altered[0] ^= 1;
      assertThat(pair.decapsulate(altered)).isNotEqualTo(sealed.sharedSecret());
    }
  }

  @ParameterizedTest
  @MethodSource("mlKems")
  void mlKemIsDeterministicForFixedRandomness(MlKem768 mlKem) throws Exception {
    byte[] seed = new byte[MlKem768.SEED_BYTES];
    Arrays.fill(seed, (byte) 7);
    byte[] key = mlKem.keyPair(seed).encapsulationKey();
    MlKem768 reference = mlKems().getFirst();
    assertThat(mlKem.encapsulate(key, new FixedRandom((byte) 3)).ciphertext())
        .isEqualTo(reference.encapsulate(key, new FixedRandom((byte) 3)).ciphertext());
  }

  @ParameterizedTest
  @MethodSource("mlKems")
  void refusesMlKemKeysOutOfRangeAndWrongLengths(MlKem768 mlKem) throws Exception {
    SecureRandom random = new SecureRandom();
    MlKem768.KeyPair pair = mlKem.generate(random);
    byte[] key = pair.encapsulationKey();
    key[0] = (byte) 0xff;
    key[1] |= 0x0f;
    assertThatThrownBy(() -> mlKem.encapsulate(key, random))
        .isInstanceOf(InvalidKeyException.class);
    assertThatThrownBy(() -> mlKem.encapsulate(new byte[1183], random))
        .isInstanceOf(InvalidKeyException.class);
    assertThatThrownBy(() -> pair.decapsulate(new byte[1087]))
        .isInstanceOf(InvalidKeyException.class);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private static final class FixedRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;
    private final byte value;

    FixedRandom(byte value) {
      this.value = value;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      Arrays.fill(bytes, value);
    }
  }
}
